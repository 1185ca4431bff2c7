-- An index locks out writers.
CREATE INDEX ON orders (total)
