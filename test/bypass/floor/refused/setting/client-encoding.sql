-- The bytes judged would not be the characters meant.
SET client_encoding = 'SJIS'
