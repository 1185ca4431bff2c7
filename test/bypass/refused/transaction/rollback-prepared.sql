-- Or throws it away.
ROLLBACK PREPARED 'left behind'
