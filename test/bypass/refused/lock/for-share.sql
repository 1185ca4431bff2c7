-- So do the weaker ones.
SELECT * FROM customers FOR SHARE
