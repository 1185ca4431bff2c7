-- Deep in parentheses.
SELECT ((((((((((((((((((((definer_write('deep')))))))))))))))))))))
