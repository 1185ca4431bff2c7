-- Rows of sub-queries are compared as records, column by column.
SELECT p = q FROM (SELECT ROW(5)::public.code AS a) p, (SELECT ROW(5)::public.code AS a) q
