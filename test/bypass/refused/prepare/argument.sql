-- The write is in EXECUTE's argument.
PREPARE p(text) AS SELECT $1
-- then
EXECUTE p(definer_write('argument'))
