-- The literal form.
SELECT noisy 'x'
