-- The planner folds the constant calls in extended statistics.
SELECT * FROM sly_measured WHERE a = 1
