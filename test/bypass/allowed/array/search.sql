-- Built-ins that compare elements of built-in types.
SELECT array_position('{a,b}'::text[], 'b'), array_remove('{1,2}'::int[], 1), '{1,2}'::int[] @> '{1}', width_bucket(2, '{1,3}'::int[])
