-- since 16: In a JSON constructor.
SELECT json_object('a' VALUE definer_write('j'))
