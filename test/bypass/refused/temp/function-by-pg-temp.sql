-- pg_temp is never searched for functions, unless named.
SELECT pg_temp.lower('x')
