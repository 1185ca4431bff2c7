-- A quoted name.
SELECT "Quoted Name"('x')
