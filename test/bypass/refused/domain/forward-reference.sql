-- A literal becomes what a column of a later query in WITH RECURSIVE is.
WITH RECURSIVE a AS (SELECT coalesce(ns, '{x}') FROM b), b AS (SELECT ns FROM public.held) SELECT * FROM a
