-- Extensions.
SELECT extname, extversion FROM pg_extension
