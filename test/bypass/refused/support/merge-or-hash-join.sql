-- An equality operator brings the operator classes that it is of: joining by it sorts or hashes with their functions.
SELECT count(*) FROM customers a JOIN customers b ON a.id OPERATOR(public.====) b.id
