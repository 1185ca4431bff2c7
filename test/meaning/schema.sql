-- A schema in which names are overloaded, hidden and reached in unusual ways.
CREATE SCHEMA app;
CREATE SCHEMA hidden;
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;
CREATE EXTENSION intarray;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE app.pair AS (a int, b text);
CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
CREATE DOMAIN app.label AS text CHECK (length(VALUE) < 100);
CREATE TABLE app.customers (
  id int PRIMARY KEY, name text, email varchar(100), nick citext, code char(4), born date, data jsonb, doc json,
  tags text[], numbers int[], feeling app.mood, level app.positive, title app.label, spot point, at timestamptz,
  active bool, score real, ratio float8, small int2, attributes hstore, path ltree, whole app.pair, net inet, span int4range,
  bits bit(4), raw bytea, gap interval, key uuid, search tsvector, kind "char", n name
);
CREATE TABLE app.orders (
  id bigint PRIMARY KEY, customer_id int REFERENCES app.customers, total numeric(10, 2), status varchar(20), at timestamp
);
CREATE TABLE public.orders (id text, hidden_one int);
CREATE TABLE public.items (order_id bigint, sku text, amount int, price numeric);
CREATE TABLE app.log (at date, line text) PARTITION BY RANGE (at);
CREATE TABLE app.log_2026 PARTITION OF app.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- Overloads, in one schema and across the path.
CREATE FUNCTION app.over(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.over(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION app.over(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION public.over(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION public.over(int) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
CREATE FUNCTION app.defaults(a int, b int DEFAULT 1, c text DEFAULT 'x') RETURNS text LANGUAGE sql AS 'SELECT c';
CREATE FUNCTION app.many(VARIADIC int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.many(int) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
CREATE FUNCTION app.any_of(anyelement) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.first(anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1[1]';
CREATE FUNCTION app.after(anyelement, anyarray) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION app.shown(app.customers) RETURNS text LANGUAGE sql AS 'SELECT $1.name';
CREATE FUNCTION app.shown(app.pair) RETURNS text LANGUAGE sql AS 'SELECT $1.b';
CREATE FUNCTION app.rows_of(int) RETURNS SETOF app.orders LANGUAGE sql AS 'SELECT * FROM app.orders';
CREATE FUNCTION app.table_of(int, OUT x int, OUT y text) LANGUAGE sql AS 'SELECT 1, NULL::text';
CREATE FUNCTION app.one_out(int, OUT z date) LANGUAGE sql AS 'SELECT NULL::date';
CREATE FUNCTION app.anything() RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, 2';
CREATE FUNCTION hidden.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.lower(varchar) RETURNS varchar LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.length(app.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.sum(text) (sfunc = textcat, stype = text);

-- Operators, casts, an opaque path to a function.
CREATE FUNCTION app.mood_next(app.mood, int) RETURNS app.mood LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR app.+ (leftarg = app.mood, rightarg = int, function = app.mood_next);
CREATE FUNCTION app.eq(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR app.= (leftarg = int, rightarg = text, function = app.eq);
CREATE FUNCTION app.negate(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR app.- (rightarg = text, function = app.negate);
CREATE FUNCTION app.mood_number(app.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE CAST (app.mood AS int) WITH FUNCTION app.mood_number(app.mood) AS IMPLICIT;
CREATE FUNCTION app.pair_text(app.pair) RETURNS text LANGUAGE sql AS 'SELECT $1.b';
CREATE CAST (app.pair AS text) WITH FUNCTION app.pair_text(app.pair);
CREATE FUNCTION app.like_it(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR app.~~ (leftarg = int, rightarg = text, function = app.like_it);

CREATE VIEW app.spenders AS SELECT c.id, c.name, app.over(o.total::int) AS rank FROM app.customers c JOIN app.orders o ON o.customer_id = c.id;
CREATE VIEW app.top AS SELECT * FROM app.spenders WHERE name LIKE 'a%';

-- Domains over arrays and composites, more kinds of overloads, names that need quoting.
CREATE DOMAIN app.scores AS int[] CHECK (array_length(VALUE, 1) < 10);
CREATE DOMAIN app.checked_pair AS app.pair CHECK ((VALUE).a > 0);
CREATE TYPE app.nested AS (p app.pair, s app.scores, m app.mood[]);
CREATE TABLE app."Mixed Case" ("Id" int, "größe" text, s app.scores, cp app.checked_pair, ne app.nested, pairs app.pair[]);
CREATE FUNCTION app."Said So"(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app."größe"(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.first_of(app.scores) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.first_of(app.checked_pair) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.mixed(anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.mixed_array(anycompatiblearray, anycompatible) RETURNS anycompatiblearray LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.ranged(anyrange) RETURNS anyelement LANGUAGE sql AS 'SELECT lower($1)';
CREATE FUNCTION app.enumerated(anyenum) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
CREATE FUNCTION app.named(first int, second text DEFAULT 'b', third date DEFAULT now()) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.named(first text, other int DEFAULT 2) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.texts(prefix text, VARIADIC rest text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.anys(VARIADIC anyarray) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.item_sum(public.items) RETURNS numeric LANGUAGE sql AS 'SELECT 1::numeric';
CREATE FUNCTION app.sku(public.items, text DEFAULT 'x') RETURNS text LANGUAGE sql AS 'SELECT $2';

-- Views over views, a policy that calls, a partition tree of several levels with a foreign leaf.
CREATE VIEW app.top_names AS SELECT upper(name) AS name, app.any_of(rank) AS rank FROM app.top;
CREATE VIEW app.over_top AS SELECT t.name, count(*) AS n FROM app.top_names t GROUP BY t.name HAVING count(*) > app.over(0);
CREATE MATERIALIZED VIEW app.kept AS SELECT * FROM app.over_top;
CREATE FUNCTION app.may_see(text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE TABLE app.private (id int, owner text);
ALTER TABLE app.private ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.private USING (app.may_see(owner) AND owner = current_user);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
CREATE TABLE app.tree (k int, r text) PARTITION BY LIST (r);
CREATE TABLE app.tree_a PARTITION OF app.tree FOR VALUES IN ('a') PARTITION BY RANGE (k);
CREATE TABLE app.tree_a1 PARTITION OF app.tree_a FOR VALUES FROM (0) TO (10);
