-- What the server writes down.
DO $outer$ BEGIN EXECUTE $inner$SET log_statement = 'none'$inner$; END $outer$
