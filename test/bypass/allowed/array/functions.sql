-- Arrays.
SELECT tags[1], tags[1:2], array_length(tags, 1), cardinality(tags), 'a' = ANY (tags), tags || 'c'::text, tags @> ARRAY['a'], unnest(tags), array_to_string(tags, ','), array_append(tags, 'd'), array_position(tags, 'b') FROM orders
