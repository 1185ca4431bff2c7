-- The gateway's own word for the mode.
SET sudoql.mode = 'read'
