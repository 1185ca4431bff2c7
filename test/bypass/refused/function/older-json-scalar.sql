-- until 16: What the parser sees as SQL/JSON's own syntax is a call of a user's function on an older server.
SELECT json_scalar('x'::text)
