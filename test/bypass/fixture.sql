-- The database that the corpus runs against: what an application has, and what an attacker hopes to find.
-- Run as superuser. `reader`, `writer` and `control` are made by setup-target afterwards, over schemas public and app.

CREATE SCHEMA app;
CREATE TABLE public.customers (id int PRIMARY KEY, name text NOT NULL, email text, balance numeric DEFAULT 0);
INSERT INTO public.customers SELECT i, 'name ' || i, 'c' || i || '@example.com', i * 10 FROM generate_series(1, 20) i;
CREATE TABLE public.orders (id int PRIMARY KEY, customer int REFERENCES public.customers, total numeric, placed timestamptz DEFAULT '2026-01-01Z', note text, tags text[], doc jsonb);
INSERT INTO public.orders SELECT i, 1 + i % 20, i, '2026-01-01Z', 'note', '{a,b}', '{"a": {"b": 1}}' FROM generate_series(1, 40) i;
CREATE INDEX orders_placed ON public.orders USING brin (placed);
CREATE INDEX orders_tags ON public.orders USING gin (tags);
CREATE TABLE app.log (id serial PRIMARY KEY, line text);
CREATE SEQUENCE public.ticket;
CREATE TABLE public.measures (at date NOT NULL, v int) PARTITION BY RANGE (at);
CREATE TABLE public.measures_2025 PARTITION OF public.measures FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.measures_2026 PARTITION OF public.measures FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO public.measures VALUES ('2025-05-05', 1), ('2026-05-05', 2);
CREATE VIEW public.order_totals AS SELECT c.name, sum(o.total) AS total FROM public.customers c JOIN public.orders o ON o.customer = c.id GROUP BY c.name;
CREATE MATERIALIZED VIEW public.totals_now AS SELECT * FROM public.order_totals;
CREATE TYPE public.pair AS (a int, b int);
CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN public.email_address AS text CHECK (VALUE LIKE '%@%');

-- Functions that write, under every kind of disguise that PostgreSQL has.
CREATE FUNCTION public.quiet_write(text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO app.log (line) VALUES ($1); RETURN $1; END $$;
CREATE FUNCTION public.stable_lie(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT public.quiet_write($1) $$;
CREATE FUNCTION public.immutable_lie(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.quiet_write($1::text); RETURN $1; END $$;
CREATE FUNCTION public.definer_write(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ($1); RETURN $1; END $$;
CREATE FUNCTION public.definer_read_write_mode(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); INSERT INTO app.log (line) VALUES ($1); RETURN $1; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END $$;
CREATE FUNCTION public.run(text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE $1; END $$;
CREATE FUNCTION public.many_writes(n int) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) SELECT 'many' FROM generate_series(1, n); RETURN NEXT 'done'; END $$;
CREATE FUNCTION public.with_default(a int, b text DEFAULT public.definer_write('default')) RETURNS int LANGUAGE sql AS $$ SELECT a $$;
CREATE FUNCTION public.variadic_write(VARIADIC text[]) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ($1[1]); RETURN $1[1]; END $$;
CREATE FUNCTION public.of_customer(public.customers) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ($1.name); RETURN $1.name; END $$;
CREATE FUNCTION public.of_pair(public.pair) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('pair'); RETURN $1.a; END $$;
CREATE PROCEDURE public.proc_write(text) LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ($1); END $$;
CREATE PROCEDURE public.proc_commit(text) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.log (line) VALUES ($1); COMMIT; END $$;

CREATE FUNCTION public.op_write(int, int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('operator'); RETURN true; END $$;
CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, PROCEDURE = public.op_write);
CREATE FUNCTION public.prefix_write(int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('prefix'); RETURN $1; END $$;
CREATE OPERATOR public.!! (RIGHTARG = int, PROCEDURE = public.prefix_write);
CREATE FUNCTION public.eq_write(public.pair, public.pair) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('pair ='); RETURN true; END $$;
CREATE OPERATOR public.= (LEFTARG = public.pair, RIGHTARG = public.pair, PROCEDURE = public.eq_write);
CREATE FUNCTION public.cast_write(public.pair) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('cast'); RETURN 'x'; END $$;
CREATE CAST (public.pair AS text) WITH FUNCTION public.cast_write(public.pair) AS ASSIGNMENT;
CREATE FUNCTION public.cast_int(int) RETURNS public.pair LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('cast int'); RETURN ROW($1, $1)::public.pair; END $$;
CREATE CAST (int AS public.pair) WITH FUNCTION public.cast_int(int) AS IMPLICIT;
CREATE FUNCTION public.check_write(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('check'); RETURN true; END $$;
CREATE DOMAIN public.noisy AS text CHECK (public.check_write(VALUE));
CREATE DOMAIN public.noisy_again AS public.noisy;
CREATE TYPE public.holds_noisy AS (n public.noisy);
CREATE FUNCTION public.agg_step(int, int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('aggregate'); RETURN coalesce($1, 0) + $2; END $$;
CREATE AGGREGATE public.noisy_sum(int) (SFUNC = public.agg_step, STYPE = int, INITCOND = '0');
CREATE FUNCTION public.subtype_diff_write(float8, float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('range'); RETURN $1 - $2; END $$;

CREATE VIEW public.noisy_view AS SELECT id, public.definer_write(name) AS name FROM public.customers;
CREATE VIEW public.noisy_view_of_view AS SELECT name FROM public.noisy_view;
CREATE VIEW public.noisy_operator_view AS SELECT id FROM public.customers WHERE id OPERATOR(public.===) 1;
CREATE VIEW public.locking_view AS SELECT * FROM public.customers FOR UPDATE;
CREATE VIEW public.secret_view AS SELECT rolname, rolpassword FROM pg_authid;
CREATE TABLE public.guarded (id int, owner text);
INSERT INTO public.guarded VALUES (1, 'a');
CREATE FUNCTION public.policy_write() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('policy'); RETURN true; END $$;
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY noisy ON public.guarded USING (public.policy_write());
CREATE TABLE public.ruled (id int);
CREATE RULE noisy AS ON UPDATE TO public.ruled DO ALSO INSERT INTO app.log (line) VALUES ('rule');

-- Names that shadow the server's own, for whoever has their schema earlier in search_path.
CREATE SCHEMA shadow;
CREATE FUNCTION shadow.lower(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('shadowed lower'); RETURN $1; END $$;
CREATE FUNCTION shadow.count(int) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('shadowed count'); RETURN 1; END $$;
CREATE FUNCTION public.lower(public.mood) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('overloaded lower'); RETURN 'x'; END $$;
CREATE FUNCTION public.length(int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('overloaded length'); RETURN 1; END $$;
CREATE FUNCTION public.chr(VARIADIC int[]) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('overloaded chr'); RETURN 'x'; END $$;
CREATE FUNCTION shadow.eq(int, int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('shadowed ='); RETURN true; END $$;
CREATE OPERATOR shadow.= (LEFTARG = int, RIGHTARG = int, PROCEDURE = shadow.eq);
CREATE VIEW shadow.customers AS SELECT id, public.definer_write(name) AS name FROM public.customers;
CREATE FUNCTION public."Quoted Name"(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('quoted'); RETURN $1; END $$;
CREATE FUNCTION public.größe(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('unicode'); RETURN $1; END $$;

-- Casts that clauses run by themselves: WHERE, LIMIT, subscripts, JSON.
CREATE FUNCTION public.cast_bool(public.pair) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('cast boolean'); RETURN true; END $$;
CREATE CAST (public.pair AS boolean) WITH FUNCTION public.cast_bool(public.pair) AS ASSIGNMENT;
CREATE FUNCTION public.cast_bigint(public.pair) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('cast bigint'); RETURN 1; END $$;
CREATE CAST (public.pair AS bigint) WITH FUNCTION public.cast_bigint(public.pair) AS ASSIGNMENT;
CREATE FUNCTION public.cast_real(public.pair) RETURNS real LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('cast real'); RETURN 1; END $$;
CREATE CAST (public.pair AS real) WITH FUNCTION public.cast_real(public.pair) AS ASSIGNMENT;
CREATE FUNCTION public.cast_json(public.mood) RETURNS json LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('cast json'); RETURN '1'; END $$;
CREATE CAST (public.mood AS json) WITH FUNCTION public.cast_json(public.mood);

-- A type whose own operator class writes, for everything that sorts, groups or looks for equals.
CREATE TYPE public.code AS (v int);
CREATE FUNCTION public.code_cmp(public.code, public.code) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('compare'); RETURN btint4cmp($1.v, $2.v); END $$;
CREATE FUNCTION public.code_hash(public.code) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('hash'); RETURN hashint4($1.v); END $$;
CREATE FUNCTION public.code_lt(public.code, public.code) RETURNS boolean LANGUAGE sql AS $$ SELECT public.code_cmp($1, $2) < 0 $$;
CREATE FUNCTION public.code_le(public.code, public.code) RETURNS boolean LANGUAGE sql AS $$ SELECT public.code_cmp($1, $2) <= 0 $$;
CREATE FUNCTION public.code_eq(public.code, public.code) RETURNS boolean LANGUAGE sql AS $$ SELECT public.code_cmp($1, $2) = 0 $$;
CREATE FUNCTION public.code_ge(public.code, public.code) RETURNS boolean LANGUAGE sql AS $$ SELECT public.code_cmp($1, $2) >= 0 $$;
CREATE FUNCTION public.code_gt(public.code, public.code) RETURNS boolean LANGUAGE sql AS $$ SELECT public.code_cmp($1, $2) > 0 $$;
CREATE OPERATOR public.< (LEFTARG = public.code, RIGHTARG = public.code, PROCEDURE = public.code_lt);
CREATE OPERATOR public.<= (LEFTARG = public.code, RIGHTARG = public.code, PROCEDURE = public.code_le);
CREATE OPERATOR public.= (LEFTARG = public.code, RIGHTARG = public.code, PROCEDURE = public.code_eq, MERGES, HASHES);
CREATE OPERATOR public.>= (LEFTARG = public.code, RIGHTARG = public.code, PROCEDURE = public.code_ge);
CREATE OPERATOR public.> (LEFTARG = public.code, RIGHTARG = public.code, PROCEDURE = public.code_gt);
CREATE OPERATOR CLASS public.code_ops DEFAULT FOR TYPE public.code USING btree AS OPERATOR 1 public.<, OPERATOR 2 public.<=, OPERATOR 3 public.=, OPERATOR 4 public.>=, OPERATOR 5 public.>, FUNCTION 1 public.code_cmp(public.code, public.code);
CREATE OPERATOR CLASS public.code_hash_ops DEFAULT FOR TYPE public.code USING hash AS OPERATOR 1 public.=, FUNCTION 1 public.code_hash(public.code);
CREATE TABLE public.coded (c public.code);
INSERT INTO public.coded VALUES (ROW(1)), (ROW(2)), (ROW(3));

CREATE TABLE public.held (ns public.noisy[], h public.holds_noisy);
INSERT INTO public.held VALUES (NULL, NULL);

CREATE VIEW public.view_of_guarded WITH (security_invoker) AS SELECT * FROM public.guarded;
CREATE TABLE public.guarded_parts (id int) PARTITION BY LIST (id);
CREATE TABLE public.guarded_parts_1 PARTITION OF public.guarded_parts FOR VALUES IN (1);
INSERT INTO public.guarded_parts VALUES (1);
ALTER TABLE public.guarded_parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY noisy ON public.guarded_parts USING (public.policy_write());

-- Names that newer servers took for their own syntax.
CREATE FUNCTION public."json_scalar"(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('json_scalar'); RETURN $1; END $$;
CREATE FUNCTION shadow."json_object"(text[]) RETURNS json LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('json_object'); RETURN '{}'; END $$;
CREATE FUNCTION public."system_user"() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('system_user'); RETURN 'x'; END $$;
CREATE FUNCTION public."system_user"(public.customers) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('system_user of'); RETURN 'x'; END $$;

-- What PostgreSQL runs in a read though the text does not name it: the support functions of operators, ranges, partitions;
-- constant calls in the expressions of indexes, statistics and checks, which the planner folds. Each takes a lock that stays.
CREATE FUNCTION public.sly(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_try_advisory_lock_shared(4711); RETURN $1; END $$;
CREATE FUNCTION public.sly_cmp(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_try_advisory_lock_shared(4712); RETURN btint4cmp($1, $2); END $$;
CREATE FUNCTION public.sly_hash(int, bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_try_advisory_lock_shared(4713); RETURN hashint4extended($1, $2); END $$;
CREATE OPERATOR public.<<<< (LEFTARG = int, RIGHTARG = int, PROCEDURE = int4lt);
CREATE OPERATOR public.<<<= (LEFTARG = int, RIGHTARG = int, PROCEDURE = int4le);
CREATE OPERATOR public.==== (LEFTARG = int, RIGHTARG = int, PROCEDURE = int4eq, MERGES, HASHES);
CREATE OPERATOR public.>>>= (LEFTARG = int, RIGHTARG = int, PROCEDURE = int4ge);
CREATE OPERATOR public.>>>> (LEFTARG = int, RIGHTARG = int, PROCEDURE = int4gt);
CREATE OPERATOR CLASS public.sly_ops FOR TYPE int USING btree AS OPERATOR 1 public.<<<<, OPERATOR 2 public.<<<=, OPERATOR 3 public.====, OPERATOR 4 public.>>>=, OPERATOR 5 public.>>>>, FUNCTION 1 public.sly_cmp(int, int);
CREATE OPERATOR CLASS public.sly_hash_ops FOR TYPE int USING hash AS OPERATOR 1 public.====, FUNCTION 1 hashint4(int), FUNCTION 2 public.sly_hash(int, bigint);
CREATE TYPE public.sly_range AS RANGE (subtype = int, subtype_opclass = public.sly_ops);
CREATE TABLE public.sly_ranges (r public.sly_range);
INSERT INTO public.sly_ranges VALUES ('[1,2]'), ('[3,4]');
CREATE TABLE public.sly_ranged (k int) PARTITION BY RANGE (k public.sly_ops);
CREATE TABLE public.sly_ranged_1 PARTITION OF public.sly_ranged FOR VALUES FROM (1) TO (10);
CREATE TABLE public.sly_ranged_2 PARTITION OF public.sly_ranged FOR VALUES FROM (10) TO (20);
CREATE TABLE public.sly_hashed (k int) PARTITION BY HASH (k public.sly_hash_ops);
CREATE TABLE public.sly_hashed_1 PARTITION OF public.sly_hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.sly_hashed_2 PARTITION OF public.sly_hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE public.sly_indexed (a int, b int);
CREATE INDEX ON public.sly_indexed ((a + public.sly(1)));
CREATE TABLE public.sly_partial (a int, b int);
CREATE INDEX ON public.sly_partial (a) WHERE b > public.sly(1);
CREATE FUNCTION public.sly_inlined(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 + public.sly(1) $$;
CREATE TABLE public.sly_inline (a int, b int);
CREATE INDEX ON public.sly_inline ((public.sly_inlined(a)));
CREATE TABLE public.sly_measured (a int, b int);
CREATE STATISTICS public.sly_statistics ON (a + public.sly(1)), b FROM public.sly_measured;
INSERT INTO public.sly_measured SELECT i, i FROM generate_series(1, 50) i;
CREATE TABLE public.sly_parent (a int);
CREATE TABLE public.sly_child (CHECK (a > public.sly(1))) INHERITS (public.sly_parent);
CREATE TABLE public.sly_expressed (a int) PARTITION BY RANGE ((a + public.sly(1)));
CREATE TABLE public.sly_expressed_1 PARTITION OF public.sly_expressed FOR VALUES FROM (1) TO (10);
CREATE AGGREGATE public.sly_min(int) (SFUNC = int4smaller, STYPE = int, SORTOP = OPERATOR(public.<<<<));
CREATE VIEW public.sly_view AS SELECT b FROM public.sly_indexed;

-- Extensions whose functions are in SQL, and names that shadow what their bodies name.
CREATE EXTENSION IF NOT EXISTS cube;
CREATE EXTENSION IF NOT EXISTS earthdistance;
CREATE FUNCTION shadow.earth() RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_try_advisory_lock_shared(4714); RETURN 1; END $$;
CREATE FUNCTION shadow.sly_divide(float8, float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_try_advisory_lock_shared(4715); RETURN 1; END $$;
CREATE OPERATOR shadow./ (LEFTARG = float8, RIGHTARG = float8, PROCEDURE = shadow.sly_divide);

-- The same, used as usual: plain.
CREATE FUNCTION public.plain_key(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
CREATE TABLE public.keyed (a int CHECK (public.plain_key(a) > 0), b int);
CREATE INDEX ON public.keyed ((public.plain_key(a)));

-- What must not come out.
CREATE EXTENSION postgres_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x');
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'u', password 'planted-secret-mapping');
CREATE FOREIGN TABLE public.remote_orders (id int) SERVER elsewhere;
CREATE VIEW public.view_of_remote AS SELECT * FROM public.remote_orders;
CREATE TABLE public.spread (id int) PARTITION BY LIST (id);
CREATE FOREIGN TABLE public.spread_1 PARTITION OF public.spread FOR VALUES IN (1) SERVER elsewhere;
CREATE FOREIGN TABLE public.remote_costly (id int) SERVER elsewhere OPTIONS (use_remote_estimate 'true');
CREATE TABLE public.heirs (id int);
CREATE FOREIGN TABLE public.remote_heirs () INHERITS (public.heirs) SERVER elsewhere;
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE public.server_lines (line text) SERVER files OPTIONS (filename '/nowhere/sudoql-corpus-file');
CREATE EXTENSION dblink;
CREATE EXTENSION IF NOT EXISTS tablefunc;
SELECT lo_from_bytea(424242, 'large object');

-- Vetted by nobody, yet harmless: reads that reach them are refused by design.
CREATE FUNCTION public.harmless(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 + 1 $$;
GRANT USAGE ON SCHEMA shadow TO PUBLIC;
GRANT SELECT ON shadow.customers TO PUBLIC;

-- Views that are written through to what is below them, where a rule sets what it is told.
CREATE VIEW public.settable AS SELECT * FROM pg_catalog.pg_settings;
CREATE VIEW public.settable_again AS SELECT * FROM public.settable;

-- What a view's own tree tells by a type alone: JSON made of it, text made of it, a value of it made from JSON.
CREATE VIEW public.json_of_mood AS SELECT to_json('ok'::public.mood) AS v;
CREATE VIEW public.json_of_rows AS SELECT json_agg(q) AS v FROM (SELECT 'ok'::public.mood AS m) q;
CREATE VIEW public.quoted_pair AS SELECT quote_literal(ROW(1, 2)::public.pair) AS v;
CREATE VIEW public.concatenated_pair AS SELECT 'x' || ROW(1, 2)::public.pair AS v;
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 170000 THEN
    EXECUTE 'CREATE VIEW public.json_value_noisy AS SELECT json_value(''{"a": "x"}'', ''$.a'' RETURNING public.noisy) AS v';
  END IF;
END $$;

-- What comes with an operator although its own function is plain: a negator, and the operator class of an index.
CREATE OPERATOR public.==~ (LEFTARG = int, RIGHTARG = int, PROCEDURE = int4eq, NEGATOR = OPERATOR(public.!==~));
CREATE OPERATOR public.!==~ (LEFTARG = int, RIGHTARG = int, PROCEDURE = public.op_write, NEGATOR = OPERATOR(public.==~));
CREATE FUNCTION public.int_cmp(int, int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('compare int'); RETURN btint4cmp($1, $2); END $$;
CREATE OPERATOR CLASS public.int_cmp_ops FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 public.int_cmp(int, int);
CREATE TABLE public.indexed (id int);
CREATE INDEX ON public.indexed (id public.int_cmp_ops);
INSERT INTO public.indexed VALUES (1);

-- A name as long as names can be: what is longer is cut to it.
CREATE SCHEMA lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll;
CREATE VIEW lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll.customers AS SELECT id, public.definer_write(name) AS name FROM public.customers;
GRANT USAGE ON SCHEMA lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll TO PUBLIC;
GRANT SELECT ON lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll.customers TO PUBLIC;

-- Vetted, as the gateway of the corpus is told of every `vouched_`: what they reach is not.
CREATE FUNCTION public.vouched_plain(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN abs($1); END $$;
CREATE FUNCTION public.vouched_late(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM earth(); RETURN $1; END $$;
CREATE FUNCTION public.vouched_atomic(x text) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT public.definer_write(x); END;
CREATE FUNCTION public.vouched_returned(x int) RETURNS boolean LANGUAGE sql RETURN x OPERATOR(public.===) 1;
CREATE FUNCTION public.vouched_qualified(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN shadow.lower($1); END $$;
CREATE FUNCTION public.vouched_own_path(text) RETURNS text LANGUAGE plpgsql SET search_path = shadow, pg_catalog AS $$ BEGIN RETURN lower($1); END $$;
CREATE FUNCTION public."größe€"(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO app.log (line) VALUES ('symbol'); RETURN $1; END $$;
CREATE FUNCTION public.vouched_odd(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN GRößE€($1); END $$;
CREATE FUNCTION public.vouched_behind_quote(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN /* 5" */ RETURN definer_write($1); END $$;
CREATE FUNCTION public.vouched_reads_guarded() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM public.guarded $$;
CREATE FUNCTION public.vouched_reads_view() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(name) FROM public.noisy_view; END;
CREATE FUNCTION public.vouched_casts() RETURNS text LANGUAGE plpgsql AS $$ DECLARE p public.pair; BEGIN p.a := 1; RETURN p::text; END $$;
CREATE FUNCTION public.vouched_opens() RETURNS int LANGUAGE plpgsql AS $$ DECLARE r refcursor := 'opened'; BEGIN OPEN r FOR SELECT public.vouched_late('x'); RETURN 1; END $$;
CREATE FUNCTION public.vouched_moves() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path', 'shadow, public', false); RETURN 1; END $$;
CREATE FUNCTION public.vouched_writes(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM set_config('transaction_read_only', NULL, false); INSERT INTO app.log (line) VALUES ($1); RETURN true; END $$;
CREATE DOMAIN public.vouched_domain AS text CHECK (public.vouched_writes(VALUE));
