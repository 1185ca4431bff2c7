-- A view in EXISTS only.
SELECT 1 WHERE EXISTS (TABLE noisy_view)
