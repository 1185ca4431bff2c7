-- An index of an operator class that writes is searched by the server's own operator.
SELECT * FROM public.indexed WHERE id = 1 ORDER BY id
