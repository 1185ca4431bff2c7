-- So would these.
SET backslash_quote = on
