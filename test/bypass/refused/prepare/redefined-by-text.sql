-- A name made, dropped and made again in one text.
PREPARE p AS SELECT 1; DEALLOCATE p; PREPARE p AS DELETE FROM orders; EXECUTE p
