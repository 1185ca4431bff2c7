-- In capitals, which fold.
SELECT DEFINER_WRITE('x')
