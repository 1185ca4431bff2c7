-- JSON operators.
SELECT doc -> 'a' ->> 'b', doc #>> '{a,b}', doc @> '{"a": {}}', doc ? 'a', doc - 'a', doc || '{"c": 1}', doc #- '{a}' FROM orders
