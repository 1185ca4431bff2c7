-- Where it goes on.
ALTER SEQUENCE ticket RESTART WITH 1
