-- JSON functions.
SELECT jsonb_build_object('id', id), to_jsonb(o), row_to_json(o), jsonb_array_length('[1,2]'), jsonb_set(doc, '{a,b}', '2'), jsonb_path_query_array(doc, '$.a.b'), jsonb_pretty(doc), jsonb_typeof(doc), json_build_array(1, 2) FROM orders o
