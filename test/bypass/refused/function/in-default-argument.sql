-- The write is in the default of an argument that is not given.
SELECT with_default(1)
