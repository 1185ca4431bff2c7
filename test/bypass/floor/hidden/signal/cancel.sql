-- Cancels what it runs.
DO $$ BEGIN PERFORM pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'bystander'; END $$
