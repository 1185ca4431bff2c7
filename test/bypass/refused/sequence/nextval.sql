-- Advances for ever; ROLLBACK does not undo it.
SELECT nextval('ticket')
