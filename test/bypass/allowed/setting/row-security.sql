-- pg_dump asks for an error instead of silently fewer rows.
SET row_security = off
-- then
SELECT count(*) FROM customers
