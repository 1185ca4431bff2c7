-- Called by a named argument.
SELECT many_writes(n => 2)
