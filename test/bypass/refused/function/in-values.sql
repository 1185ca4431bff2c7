-- In VALUES.
VALUES (definer_write('v'))
