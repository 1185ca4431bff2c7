-- WITH ORDINALITY.
SELECT t, n FROM orders, unnest(tags) WITH ORDINALITY AS u(t, n)
