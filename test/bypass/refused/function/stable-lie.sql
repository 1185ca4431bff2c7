-- A label that lies.
SELECT stable_lie('x')
