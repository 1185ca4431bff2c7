-- The record. An entry is one canonical JSON text and its hash; what else stands beside it is generated from the text or
-- checked against it, so that no column can say something that was not hashed.

-- Immutable, unlike a cast to timestamptz: reads only the one form that the gateway writes, 2026-11-30T12:34:56.789Z.
CREATE FUNCTION entry_at(body text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT make_timestamp(
    substr(at, 1, 4)::int, substr(at, 6, 2)::int, substr(at, 9, 2)::int,
    substr(at, 12, 2)::int, substr(at, 15, 2)::int, substr(at, 18, 6)::double precision
  ) AT TIME ZONE 'UTC'
  FROM (SELECT body::jsonb ->> 'at') AS _(at)
);

-- Names are cut to what an index takes, so that no text of a client's can make an entry impossible to insert.
CREATE TABLE entry (
  -- A partition key cannot be generated; the check ties it to the text.
  at timestamptz NOT NULL,
  body text NOT NULL,
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  chain text NOT NULL GENERATED ALWAYS AS (body::jsonb ->> 'chain') STORED,
  seq bigint NOT NULL GENERATED ALWAYS AS ((body::jsonb ->> 'seq')::bigint) STORED,
  kind text NOT NULL GENERATED ALWAYS AS (body::jsonb ->> 'kind') STORED,
  session text GENERATED ALWAYS AS (left(body::jsonb ->> 'session', 200)) STORED,
  principal text GENERATED ALWAYS AS (left(body::jsonb ->> 'principal', 200)) STORED,
  target text GENERATED ALWAYS AS (left(body::jsonb ->> 'target', 200)) STORED,
  elevation text GENERATED ALWAYS AS (left(body::jsonb ->> 'elevation', 200)) STORED,
  statement text GENERATED ALWAYS AS (left(body::jsonb ->> 'statement', 200)) STORED,
  CONSTRAINT entry_at_is_of_body CHECK (at = entry_at(body)),
  PRIMARY KEY (chain, seq, at)
) PARTITION BY RANGE (at);

CREATE INDEX entry_by_time ON entry (at);
CREATE INDEX entry_by_session ON entry (session, at) WHERE session IS NOT NULL;
CREATE INDEX entry_by_principal ON entry (principal, at) WHERE principal IS NOT NULL;
CREATE INDEX entry_by_elevation ON entry (elevation, at) WHERE elevation IS NOT NULL;
CREATE INDEX entry_by_statement ON entry (statement) WHERE statement IS NOT NULL;
-- The many are found by session or time; the rest by kind.
CREATE INDEX entry_by_kind ON entry (kind, at)
  WHERE kind NOT IN ('statement_intent', 'statement_outcome', 'reads');
CREATE INDEX entry_anchors
  ON entry ((body::jsonb #>> '{of,chain}'), ((body::jsonb #>> '{of,seq}')::bigint)) WHERE kind = 'chain_anchor';

-- One row for each incarnation of a gateway process, and so for each chain.
CREATE TABLE chain (
  chain text PRIMARY KEY,
  replica text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX chain_by_replica ON chain (replica);

-- Parts of what decisions were made on, once a month by content.
CREATE TABLE kept (
  hash text NOT NULL,
  month date NOT NULL,
  part text NOT NULL,
  PRIMARY KEY (hash, month)
) PARTITION BY RANGE (month);

-- Where each chain begins again after its older months were pruned. Written by the owner.
CREATE TABLE chain_checkpoint (
  chain text NOT NULL,
  seq bigint NOT NULL,
  hash text NOT NULL,
  month date NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain, seq)
);

-- A clock far off must not stop the record: what has no month of its own lands here.
CREATE TABLE entry_default PARTITION OF entry DEFAULT;
CREATE TABLE kept_default PARTITION OF kept DEFAULT;

-- Makes the partitions of this month and the `ahead` next ones. The gateway calls it (it may not create tables itself).
-- A month for which rows landed in the default partition is left to it. Attached, not created in place: that locks the parent less.
CREATE FUNCTION keep_partitions(ahead int DEFAULT 2) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  made int := 0;
  parent text;
  first date;
  name text;
  row_months text;
  busy boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(1937073007, 3);
  FOREACH parent IN ARRAY ARRAY['entry', 'kept'] LOOP
    FOR i IN 0 .. least(greatest(ahead, 0), 12) LOOP
      first := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i))::date;
      name := parent || to_char(first, '_YYYY_MM');
      CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
      row_months := CASE parent WHEN 'entry' THEN 'at AT TIME ZONE ''UTC''' ELSE 'month' END;
      EXECUTE format(
        'SELECT EXISTS (SELECT FROM public.%I WHERE %s >= $1 AND %s < $1 + interval ''1 month'')',
        parent || '_default', row_months, row_months
      ) INTO busy USING first;
      CONTINUE WHEN busy;
      EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', name, parent);
      EXECUTE format(
        'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        parent, name,
        CASE parent WHEN 'entry' THEN (first::timestamp AT TIME ZONE 'UTC')::text ELSE first::text END,
        CASE parent WHEN 'entry' THEN ((first + interval '1 month') AT TIME ZONE 'UTC')::text
          ELSE (first + interval '1 month')::date::text END
      );
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION keep_partitions(int) FROM PUBLIC;
SELECT keep_partitions();

GRANT USAGE ON SCHEMA public TO sudoql_gateway, sudoql_auditor;
GRANT SELECT, INSERT ON entry, chain, kept TO sudoql_gateway;
GRANT SELECT ON chain_checkpoint TO sudoql_gateway;
GRANT EXECUTE ON FUNCTION keep_partitions(int) TO sudoql_gateway;
GRANT SELECT ON entry, chain, kept, chain_checkpoint TO sudoql_auditor;
