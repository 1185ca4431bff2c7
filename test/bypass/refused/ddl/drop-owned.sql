-- All of a role's.
DROP OWNED BY CURRENT_USER
