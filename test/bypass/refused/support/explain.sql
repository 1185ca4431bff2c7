-- EXPLAIN plans, and so folds, though it runs nothing.
EXPLAIN SELECT b FROM sly_indexed
