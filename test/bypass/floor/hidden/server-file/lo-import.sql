-- A file becomes a large object.
DO $outer$ BEGIN PERFORM lo_import('/etc/passwd'); END $outer$
