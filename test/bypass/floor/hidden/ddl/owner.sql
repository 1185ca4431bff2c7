-- Another owner.
DO $outer$ BEGIN EXECUTE $inner$ALTER TABLE public.orders OWNER TO corpus_writer$inner$; END $outer$
