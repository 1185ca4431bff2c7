-- A view that locks rows.
SELECT * FROM locking_view
