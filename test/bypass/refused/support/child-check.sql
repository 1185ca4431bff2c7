-- The planner folds the constant calls in the checks of a table's children.
SELECT * FROM sly_parent WHERE a = 1
