-- A view over password hashes.
SELECT * FROM secret_view
