-- And a quote in it.
SET backslash_quote = on
