-- EXECUTE of a name that nobody prepared tells nothing of what it would run.
EXECUTE never_prepared
