-- By a path.
LOAD '$libdir/auto_explain'
