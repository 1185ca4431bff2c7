-- Attribute notation on a composite value.
SELECT (ROW(1, 2)::pair).of_pair
