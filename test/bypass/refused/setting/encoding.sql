-- Other bytes mean other text than was judged.
SET client_encoding = 'SJIS'
