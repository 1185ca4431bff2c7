-- Somebody else's is committed.
COMMIT PREPARED 'left'
