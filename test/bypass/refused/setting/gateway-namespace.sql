-- The gateway's own parameters.
SET sudoql.mode = 'write'
