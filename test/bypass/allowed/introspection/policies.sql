-- Policies.
SELECT * FROM pg_policies
