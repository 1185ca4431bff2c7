-- since 18: Changes what the planner believes (18).
SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'customers', 'relpages', 1)
