-- With its sequence.
DO $outer$ BEGIN EXECUTE $inner$TRUNCATE app.log RESTART IDENTITY$inner$; END $outer$
