-- U& with an escape character of its own.
SELECT U&"definer!005Fwrite" UESCAPE '!' ('x')
