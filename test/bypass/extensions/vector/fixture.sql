-- What is there where pgvector is.
CREATE TABLE public.items (id int PRIMARY KEY, embedding vector(3));
INSERT INTO public.items SELECT i, ARRAY[i, 2, 3]::vector FROM generate_series(1, 20) i;
CREATE INDEX ON public.items USING hnsw (embedding vector_cosine_ops);
CREATE INDEX ON public.items USING ivfflat (embedding vector_l2_ops) WITH (lists = 1);
