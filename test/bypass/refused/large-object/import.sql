-- From the server's files.
SELECT lo_import('/etc/passwd')
