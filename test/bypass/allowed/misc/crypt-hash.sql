-- Hashes.
SELECT hashtext('x'), md5('x')
