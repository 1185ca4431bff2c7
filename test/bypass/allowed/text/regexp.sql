-- Regular expressions.
SELECT regexp_replace(name, '\d', '#'), regexp_matches(name, '\d+'), regexp_split_to_array(name, ' ') FROM customers
