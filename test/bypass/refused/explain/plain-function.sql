-- The planner evaluates an immutable function at once.
EXPLAIN SELECT immutable_lie(1)
