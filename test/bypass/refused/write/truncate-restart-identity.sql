-- TRUNCATE that also resets a sequence.
TRUNCATE app.log RESTART IDENTITY
