-- A file becomes a large object.
SELECT lo_import('/etc/passwd')
