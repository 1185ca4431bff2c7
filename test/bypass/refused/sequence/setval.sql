-- Sets it back: later inserts collide.
SELECT setval('ticket', 1)
