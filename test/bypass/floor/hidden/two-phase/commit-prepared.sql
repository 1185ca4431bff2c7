-- Somebody else's.
DO $outer$ BEGIN EXECUTE $inner$COMMIT PREPARED 'left'$inner$; END $outer$
