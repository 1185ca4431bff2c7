-- Ordered aggregates.
SELECT string_agg(name, ', ' ORDER BY id), array_agg(id ORDER BY id DESC), json_agg(c), jsonb_object_agg(id, name) FROM customers c
