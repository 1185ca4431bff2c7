-- And commits what others left.
COMMIT PREPARED 'left behind'
