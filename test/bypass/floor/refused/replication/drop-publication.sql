-- Or nothing any more.
DROP PUBLICATION IF EXISTS p
