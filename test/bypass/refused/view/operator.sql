-- A view whose operator is the users' own.
SELECT * FROM noisy_operator_view
