-- And made with content.
SELECT lo_from_bytea(98, 'x')
