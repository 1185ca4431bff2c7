-- since 16: SQL/JSON.
SELECT json_object('a' VALUE 1), json_array(1, 2), '{}' IS JSON OBJECT
