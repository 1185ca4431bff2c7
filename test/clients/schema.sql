-- Beside the demo's tables: one of each thing that a client's introspection asks about.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE address AS (street text, town text);
CREATE DOMAIN percentage AS numeric(5, 2) DEFAULT 0 NOT NULL CHECK (VALUE BETWEEN 0 AND 100);
CREATE SEQUENCE ticket INCREMENT 5 START 100;
CREATE TABLE suppliers (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name varchar(80) COLLATE "C" NOT NULL UNIQUE,
  mood mood DEFAULT 'ok',
  home address,
  share percentage,
  tags text[],
  document jsonb,
  initial text GENERATED ALWAYS AS (left(name, 1)) STORED,
  valid tstzrange,
  CONSTRAINT suppliers_named CHECK (name <> '')
);
CREATE INDEX suppliers_lower ON suppliers (lower(name) DESC NULLS LAST) INCLUDE (mood) WHERE mood <> 'sad';
CREATE INDEX suppliers_tags ON suppliers USING gin (tags);
CREATE STATISTICS suppliers_statistics ON name, mood FROM suppliers;
COMMENT ON TABLE suppliers IS 'who sells to us';
COMMENT ON COLUMN suppliers.name IS 'as on the invoice';
CREATE TABLE deliveries (
  id int, at date NOT NULL, supplier int REFERENCES suppliers ON DELETE CASCADE DEFERRABLE, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE deliveries_2026 PARTITION OF deliveries FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE deliveries_other PARTITION OF deliveries DEFAULT;
CREATE TABLE premium_suppliers (bonus numeric) INHERITS (suppliers);
CREATE VIEW happy_suppliers AS SELECT id, name FROM suppliers WHERE mood = 'happy';
CREATE MATERIALIZED VIEW suppliers_by_mood AS SELECT mood, count(*) FROM suppliers GROUP BY mood;
CREATE UNIQUE INDEX ON suppliers_by_mood (mood);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION named(a int, b text DEFAULT 'x', OUT c int, VARIADIC d int[] DEFAULT '{}') LANGUAGE sql AS 'SELECT a';
CREATE PROCEDURE nightly(INOUT n int) LANGUAGE sql AS 'SELECT n';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE CAST (address AS text) WITH INOUT AS ASSIGNMENT;
CREATE TRIGGER touched BEFORE UPDATE ON suppliers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE kept AS ON DELETE TO happy_suppliers DO INSTEAD NOTHING;
ALTER TABLE suppliers ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON suppliers USING (true);
CREATE PUBLICATION everything FOR TABLE suppliers;
CREATE SCHEMA "Odd Name";
CREATE TABLE "Odd Name"."Odd Table" ("select" int, "Größe" text);
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA public, "Odd Name" TO PUBLIC;
GRANT USAGE ON SCHEMA "Odd Name" TO PUBLIC;
CREATE ROLE onlooker LOGIN PASSWORD 'onlooker';
