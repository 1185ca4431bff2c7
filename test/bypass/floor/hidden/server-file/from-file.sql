-- One that is read.
DO $outer$ BEGIN EXECUTE $inner$COPY app.log (line) FROM '/etc/passwd'$inner$; END $outer$
