-- It leaves a materialised result behind on a pooled connection.
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM customers
