-- Or undone.
ROLLBACK PREPARED 'left'
