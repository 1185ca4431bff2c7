-- The end of one.
DROP DATABASE bypass
