-- = of the users' own type.
SELECT ROW(1, 2)::pair = ROW(1, 2)::pair
