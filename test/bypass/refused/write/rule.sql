-- A rule adds a write of another table.
UPDATE ruled SET id = 2
