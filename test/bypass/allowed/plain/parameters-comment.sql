-- A comment as tools add it.
/* app:web,route:/orders */ SELECT 1 -- done
