-- Their bytes in the catalogue.
SELECT * FROM pg_largeobject
