-- f(t) may be written t.f.
SELECT customers.of_customer FROM customers
