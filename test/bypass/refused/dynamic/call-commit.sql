-- A procedure that commits.
CALL proc_commit('x')
