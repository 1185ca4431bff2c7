-- A comment is a write of the catalogue.
COMMENT ON TABLE customers IS 'x'
