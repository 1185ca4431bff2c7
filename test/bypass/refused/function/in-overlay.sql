-- In OVERLAY.
SELECT overlay('abc' PLACING definer_write('x') FROM 1)
