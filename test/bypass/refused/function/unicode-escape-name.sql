-- U& spells a name in escapes.
SELECT U&"definer\005Fwrite"('x')
