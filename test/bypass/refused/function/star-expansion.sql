-- Expanding a composite result.
SELECT (cast_int(1)).*
