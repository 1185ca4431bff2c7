-- This one does not, and is no read either.
CREATE INDEX CONCURRENTLY ON orders (total)
