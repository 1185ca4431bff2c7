-- Drops one, and its slot elsewhere.
DROP SUBSCRIPTION IF EXISTS s
