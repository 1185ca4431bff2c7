-- To another.
REASSIGN OWNED BY CURRENT_USER TO postgres
