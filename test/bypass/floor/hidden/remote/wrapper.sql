-- A way of speaking.
DO $outer$ BEGIN EXECUTE $inner$CREATE FOREIGN DATA WRAPPER planted$inner$; END $outer$
