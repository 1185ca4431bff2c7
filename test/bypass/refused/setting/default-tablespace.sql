-- Where new things would go.
SET default_tablespace = 'pg_global'
