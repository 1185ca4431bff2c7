-- So does rewriting.
SELECT ts_rewrite('a'::tsquery, 'SELECT definer_write(''x'')::tsquery, ''b''::tsquery')
