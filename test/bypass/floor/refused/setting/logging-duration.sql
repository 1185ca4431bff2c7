-- Or for how long a statement must run.
SET log_min_duration_statement = -1
