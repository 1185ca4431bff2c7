-- An operator of the server's own code can be of an operator class whose comparison is somebody's function: sorting by it runs that.
SELECT id FROM customers ORDER BY id USING OPERATOR(public.<<<<)
