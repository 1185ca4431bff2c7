-- A view that calls a function.
SELECT * FROM noisy_view
