-- A view of that view.
SELECT * FROM noisy_view_of_view
