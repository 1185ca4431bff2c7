-- A name outside ASCII.
SELECT größe('x')
