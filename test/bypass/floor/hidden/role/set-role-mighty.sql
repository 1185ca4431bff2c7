-- One that the server brings.
DO $outer$ BEGIN EXECUTE $inner$SET ROLE pg_write_all_data$inner$; END $outer$
