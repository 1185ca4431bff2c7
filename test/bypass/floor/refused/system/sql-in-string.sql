-- A statement as text: nobody can judge it.
SELECT query_to_xml('DELETE FROM public.orders RETURNING 1', true, false, '')
