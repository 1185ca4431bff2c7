-- The planner folds the constant calls in an index's expression, whoever reads the table: its owner needs no superuser for that.
SELECT * FROM sly_indexed
