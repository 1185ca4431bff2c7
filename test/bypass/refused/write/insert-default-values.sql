-- A write with no column named: the sequence advances as well.
INSERT INTO app.log DEFAULT VALUES
