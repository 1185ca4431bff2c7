-- Inside a document.
UPDATE public.orders SET doc = jsonb_set(doc, '{a,b}', '2') WHERE id = 5 RETURNING doc
