-- A language.
CREATE LANGUAGE plperlu
