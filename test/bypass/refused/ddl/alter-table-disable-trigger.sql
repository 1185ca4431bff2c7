-- Foreign keys off.
ALTER TABLE orders DISABLE TRIGGER ALL
