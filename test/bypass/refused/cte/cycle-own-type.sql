-- CYCLE compares a row's columns with those seen, by their own equality.
WITH RECURSIVE r AS (SELECT c, 1 AS n FROM public.coded UNION ALL SELECT c, n + 1 FROM r WHERE n < 3) CYCLE c SET seen USING path SELECT n FROM r
