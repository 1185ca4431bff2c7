-- Encoding.
SELECT encode('abc'::bytea, 'hex'), decode('00', 'hex'), convert_to('é', 'UTF8'), sha256('x'::bytea)
