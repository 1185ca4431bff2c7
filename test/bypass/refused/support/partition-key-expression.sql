-- The planner folds the constant calls in a partition key's expression.
SELECT * FROM sly_expressed
