-- Text joined with values of every built-in kind.
SELECT 'x' || 1, 'y' || now(), 2 || 'z', quote_literal(5), quote_nullable(NULL::int)
