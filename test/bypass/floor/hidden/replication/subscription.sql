-- Takes them from anywhere.
DO $outer$ BEGIN EXECUTE $inner$CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)$inner$; END $outer$
