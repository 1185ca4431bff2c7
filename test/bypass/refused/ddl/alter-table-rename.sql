-- A name.
ALTER TABLE customers RENAME TO clients
