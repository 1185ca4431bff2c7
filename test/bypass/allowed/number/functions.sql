-- Numbers.
SELECT round(balance, 2), ceil(balance), floor(balance), abs(balance), mod(id, 2), power(2, 3), sqrt(4), ln(2), random() < 2, width_bucket(5, 0, 10, 5), trunc(1.5), sign(-1) FROM customers
