-- Columns are filled by the gateway, from the values that its text has, instead of being generated: each generated column
-- parsed the text once more (docs/decisions.md). That they say what the text says is checked by `ledger verify`.
-- What was stored stays as it was, and gateways of the version before go on inserting text, hash and time alone.

ALTER TABLE entry
  ALTER COLUMN chain DROP EXPRESSION,
  ALTER COLUMN seq DROP EXPRESSION,
  ALTER COLUMN kind DROP EXPRESSION,
  ALTER COLUMN session DROP EXPRESSION,
  ALTER COLUMN principal DROP EXPRESSION,
  ALTER COLUMN target DROP EXPRESSION,
  ALTER COLUMN elevation DROP EXPRESSION,
  ALTER COLUMN statement DROP EXPRESSION,
  DROP CONSTRAINT entry_at_is_of_body;
DROP FUNCTION entry_at(text);

-- For gateways of the version before.
CREATE FUNCTION entry_columns() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said jsonb := NEW.body::jsonb;
BEGIN
  NEW.chain := said ->> 'chain';
  NEW.seq := (said ->> 'seq')::bigint;
  NEW.kind := said ->> 'kind';
  NEW.session := left(said ->> 'session', 200);
  NEW.principal := left(said ->> 'principal', 200);
  NEW.target := left(said ->> 'target', 200);
  NEW.elevation := left(said ->> 'elevation', 200);
  NEW.statement := left(said ->> 'statement', 200);
  RETURN NEW;
END
$$;
CREATE TRIGGER entry_columns BEFORE INSERT ON entry FOR EACH ROW WHEN (NEW.chain IS NULL) EXECUTE FUNCTION entry_columns();
