-- The planner folds the constant calls in a partial index's predicate.
SELECT * FROM sly_partial WHERE a = 1
