-- What it says.
DO $outer$ BEGIN EXECUTE $inner$COPY app.log (line) FROM PROGRAM 'echo x'$inner$; END $outer$
