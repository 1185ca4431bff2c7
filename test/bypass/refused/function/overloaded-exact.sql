-- An overload of a built-in name for the users' own type.
SELECT lower('ok'::mood)
