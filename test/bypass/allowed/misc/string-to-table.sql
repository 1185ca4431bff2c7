-- Split to rows.
SELECT * FROM string_to_table('a,b', ',')
