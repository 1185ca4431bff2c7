-- The older name.
SELECT lo_creat(-1)
