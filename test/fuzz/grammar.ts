// Statements that hide an effect: a leaf that does something, values of types whose own code does, and as many layers of
// innocent SQL around them as one likes. Over the fixture of the corpus.
import type { Random } from './random.ts';

type Kind = 'text' | 'number' | 'boolean' | 'code' | 'pair' | 'mood' | 'row' | 'domains';

interface Expression {
  sql: string;
  kind: Kind;
  /** Evaluating it does something already. */
  harmful: boolean;
}

export interface Generated {
  sql: string;
  /** Built of built-ins alone: it should be allowed. */
  harmless: boolean;
}

const leaf = (kind: Kind, harmful: boolean, ...sqls: string[]): Expression[] =>
  sqls.map((sql) => ({ sql, kind, harmful }));

const HARMFUL: Expression[] = [
  ...leaf('text', true, "public.definer_write('x')", "public.stable_lie('x')", "quiet_write('x')", "'x'::public.noisy"),
  ...leaf('text', true, "CAST('x' AS noisy_again)", "variadic_write('a', 'b')", '"Quoted Name"($$x$$)', "größe('x')"),
  ...leaf(
    'text',
    true,
    '(SELECT name FROM noisy_view LIMIT 1)',
    'public.of_customer((SELECT c FROM customers c LIMIT 1))',
  ),
  ...leaf(
    'text',
    true,
    '(SELECT c FROM customers c LIMIT 1).of_customer',
    "shadow.lower('x')",
    "(ROW('x')::holds_noisy).n",
  ),
  ...leaf('number', true, "nextval('ticket')", '!! 1', 'with_default(1)', '(ROW(1, 2)::pair).of_pair', 'length(1)'),
  ...leaf(
    'number',
    true,
    '(SELECT noisy_sum(id) FROM customers)',
    'public.immutable_lie(1)',
    "setval('ticket', 5)::int",
  ),
  ...leaf(
    'boolean',
    true,
    '1 OPERATOR(public.===) 2',
    '1 === 2',
    'ROW(1, 2)::pair = ROW(1, 2)::pair',
    "public.check_write('x')",
  ),
];

/** Harmless as they are: what is done with them runs their type's own code. */
const OWN: Expression[] = [
  ...leaf(
    'code',
    false,
    '(SELECT c FROM coded LIMIT 1)',
    'ROW(5)::code',
    "'(5)'::public.code",
    '(SELECT max(v) FROM (VALUES (1)) q(v))::text::code',
  ),
  ...leaf('pair', false, 'ROW(1, 2)::public.pair', "'(1,2)'::pair"),
  ...leaf('mood', false, "'ok'::mood", "'sad'::public.mood"),
  ...leaf('row', false, '(SELECT c FROM customers c LIMIT 1)'),
  ...leaf('domains', false, '(SELECT NULL::text)'),
];

const PLAIN: Expression[] = [
  ...leaf(
    'text',
    false,
    "'x'",
    "pg_catalog.lower('X')",
    "'a' || 'b'",
    '(SELECT name FROM customers LIMIT 1)',
    "format('%s', 1)",
  ),
  ...leaf('number', false, '1', 'abs(-2)', '(SELECT count(*) FROM orders)', "pg_catalog.length('x')", '1 + 2 * 3'),
  ...leaf('boolean', false, 'true', '1 < 2', "'a' LIKE 'b'", 'EXISTS (SELECT 1 FROM orders)', '1 BETWEEN 0 AND 2'),
];

/** They give back the value that they hold, by some way round. */
const AROUND: readonly [string, ...string[]] = [
  '(SELECT @)',
  '(@)',
  'CASE WHEN true THEN @ END',
  'CASE 1 WHEN 2 THEN NULL ELSE @ END',
  'COALESCE(@, NULL)',
  '(ARRAY[@])[1]',
  '(ARRAY[NULL, @])[2]',
  '(SELECT (array_agg(a))[1] FROM (SELECT @ AS a) q)',
  '(SELECT q.a FROM (SELECT @ AS a) q)',
  '(SELECT (q).a FROM (SELECT @ AS a) q)',
  '(SELECT (q.*).a FROM (SELECT @ AS a) q)',
  '(SELECT a FROM (SELECT @) AS q(a))',
  '(SELECT a FROM unnest(ARRAY[@]) a)',
  '(SELECT a FROM unnest(ARRAY[@]) WITH ORDINALITY AS u(a, n))',
  '(SELECT a FROM ROWS FROM (unnest(ARRAY[@])) AS t(a))',
  '(SELECT a FROM (VALUES (@)) v(a))',
  '(VALUES (@))',
  '(WITH w AS (SELECT @ AS a) SELECT a FROM w)',
  '(WITH w AS MATERIALIZED (SELECT @ AS a), v AS (TABLE w) SELECT a FROM v)',
  '(WITH RECURSIVE r AS (SELECT @ AS a UNION ALL SELECT a FROM r WHERE false) SELECT a FROM r)',
  '(WITH RECURSIVE x AS (SELECT a FROM y), y AS (SELECT @ AS a) SELECT a FROM x)',
  '(SELECT @ UNION ALL SELECT @ LIMIT 1)',
  '(SELECT first_value(a) OVER () FROM (SELECT @ AS a) q)',
  '(SELECT lag(a, 0) OVER (ROWS UNBOUNDED PRECEDING) FROM (SELECT @ AS a) q)',
  '(SELECT l.a FROM (SELECT 1) z, LATERAL (SELECT @ AS a) l)',
  '(SELECT l.a FROM (SELECT 1 AS k) z LEFT JOIN LATERAL (SELECT @ AS a) l ON true)',
  '(SELECT a FROM (SELECT 1 AS k) z JOIN (SELECT 1 AS k, @ AS a) y USING (k))',
  '(array_append(NULL, @))[1]',
  '(array_cat(ARRAY[@], NULL))[1]',
  '(ARRAY(SELECT @))[1]',
  '(SELECT a FROM (SELECT @ AS a OFFSET 0) q)',
  '(SELECT (t).a FROM (SELECT q AS t FROM (SELECT @ AS a) q) z)',
  '(SELECT (ARRAY[q])[1].a FROM (SELECT @ AS a) q)',
  '(SELECT any_value(a) FROM (SELECT @ AS a) q)',
  '(SELECT (SELECT q.a) FROM (SELECT @ AS a) q)',
  '(SELECT (q).* FROM (SELECT @ AS a) q)',
  '(SELECT a FROM (SELECT * FROM (SELECT @ AS a) p) q)',
  'GREATEST(@)',
  '(SELECT mode() WITHIN GROUP (ORDER BY a) FROM (SELECT @ AS a) q)',
  '(SELECT DISTINCT a FROM (SELECT @ AS a) q)',
  '(SELECT a FROM (SELECT @ AS a) q GROUP BY a)',
  '(SELECT a FROM (SELECT @ AS a) q ORDER BY a)',
  'NULLIF(@, NULL)',
];

/** What runs a type's own code, by kind; each gives back a value of another kind. */
const CONSUMERS: Record<Kind, readonly [Kind, string][]> = {
  text: [
    ['text', "@ || 'x'"],
    ['text', 'pg_catalog.upper(@::text)'],
    ['boolean', "@ LIKE 'x%'"],
    ['number', 'pg_catalog.length(@::text)'],
    ['text', 'to_json(@::text)::text'],
    ['boolean', '@ IS NULL'],
    ['text', "concat_ws(',', @)"],
    ['boolean', "@::text = ANY (ARRAY['x'])"],
  ],
  number: [
    ['number', '@ + 1'],
    ['boolean', '@ > 0'],
    ['text', '@::text'],
    ['number', '(SELECT sum(a) FROM (SELECT @ AS a) q)'],
    ['text', "to_char(@, '9')"],
    ['number', '(SELECT 1 LIMIT @)'],
    ['boolean', '@ IN (1, 2, 3)'],
  ],
  boolean: [
    ['boolean', 'NOT @'],
    ['boolean', '@ AND true'],
    ['boolean', '@ IS TRUE'],
    ['number', 'CASE WHEN @ THEN 1 ELSE 2 END'],
    ['number', '(SELECT count(*) FILTER (WHERE @) FROM customers)'],
    ['number', '(SELECT 1 WHERE @)'],
    ['number', '(SELECT count(*) FROM customers HAVING @)'],
    ['number', '(SELECT count(*) FROM customers c JOIN orders o ON @)'],
  ],
  code: [
    ['boolean', '@ = @'],
    ['boolean', '@ < ROW(3)::code'],
    ['boolean', '@ IN (SELECT c FROM coded)'],
    ['boolean', 'ROW(@) = ROW(@)'],
    ['boolean', '@ IS DISTINCT FROM @'],
    ['boolean', '@ = ANY (ARRAY[@])'],
    ['number', '(SELECT count(DISTINCT a) FROM (SELECT @ AS a) q)'],
    ['number', '(SELECT count(*) FROM (SELECT a FROM unnest(ARRAY[@, @]) a ORDER BY a) q)'],
    ['number', '(SELECT count(*) FROM (SELECT a FROM unnest(ARRAY[@, @]) a UNION SELECT c FROM coded) q)'],
    ['number', '(SELECT count(*) FROM (SELECT rank() OVER (ORDER BY a) FROM unnest(ARRAY[@, @]) a) q)'],
    ['number', 'array_position(ARRAY[@, @], @)'],
    ['boolean', 'ARRAY[@] @> ARRAY[@]'],
    ['boolean', '(SELECT p = q FROM (SELECT @ AS a) p, (SELECT @ AS a) q)'],
    ['number', 'width_bucket(@, ARRAY[@])'],
    ['number', '(SELECT count(*) FROM coded JOIN (SELECT @ AS c) q USING (c))'],
    ['number', '(SELECT count(*) FROM coded NATURAL JOIN (SELECT @ AS c) q)'],
    ['number', 'cardinality(array_remove(ARRAY[@], @))'],
  ],
  pair: [
    ['text', '@::text'],
    ['text', "'x' || @"],
    ['text', 'quote_literal(@)'],
    ['text', 'quote_nullable(@)'],
    ['boolean', 'NOT @'],
    ['boolean', '@ IS NOT TRUE'],
    ['boolean', '@ = @'],
    ['number', '(SELECT 1 WHERE @)'],
    ['number', '(SELECT 1 LIMIT @)'],
    ['number', '(SELECT 1 OFFSET @)'],
    ['number', '(@).of_pair'],
    ['number', 'of_pair(@)'],
    ['number', '@::bigint'],
    ['number', '(SELECT count(*) FROM customers TABLESAMPLE system (@))'],
    ['number', '(SELECT count(*) FILTER (WHERE @) FROM customers)'],
    ['text', '(ARRAY[@]::text[])[1]'],
  ],
  mood: [
    ['text', 'lower(@)'],
    ['text', '@::json::text'],
    ['text', 'to_json(@)::text'],
    ['text', 'to_jsonb(ARRAY[@])::text'],
    ['text', "json_build_object('a', @)::text"],
    ['text', '(SELECT json_agg(a)::text FROM (SELECT @ AS a) q)'],
    ['text', '(SELECT row_to_json(q)::text FROM (SELECT @ AS a) q)'],
    ['text', "(SELECT jsonb_object_agg('k', a)::text FROM (SELECT @ AS a) q)"],
    ['text', 'JSON_ARRAY(@)::text'],
    ['text', "JSON_OBJECT('a': @)::text"],
  ],
  row: [
    ['text', '(@).of_customer'],
    ['text', 'of_customer(@)'],
    ['text', '(SELECT q.a.of_customer FROM (SELECT @ AS a) q)'],
  ],
  domains: [
    ['text', '@::noisy'],
    ['text', "(json_populate_record(NULL::holds_noisy, json_build_object('n', coalesce(@, 'x')))).n"],
    ['text', "(SELECT n FROM json_to_record(json_build_object('n', coalesce(@, 'x'))) AS t(n noisy))"],
    ['text', '(ARRAY[@]::noisy[])[1]'],
    ['text', '(ROW(@)::holds_noisy).n'],
    [
      'text',
      "(SELECT n FROM jsonb_to_recordset(jsonb_build_array(jsonb_build_object('n', coalesce(@, 'x')))) AS t(n noisy))",
    ],
    ['text', 'JSON_VALUE(\'{"a": "x"}\'::jsonb, \'$.a\' RETURNING noisy)'],
    ['text', "(SELECT n FROM XMLTABLE('/r' PASSING '<r>x</r>'::xml COLUMNS n noisy PATH '.') t)"],
  ],
};

const STATEMENTS: readonly [string, ...string[]] = [
  'SELECT @',
  'SELECT 1 WHERE (@) IS NOT NULL',
  'SELECT id FROM customers ORDER BY (@)::text',
  'SELECT (@)::text, count(*) FROM customers GROUP BY 1',
  'VALUES (@)',
  'TABLE customers; SELECT @',
  'EXPLAIN ANALYZE SELECT @',
  'EXPLAIN (ANALYZE, FORMAT json) SELECT @',
  'DECLARE hidden CURSOR FOR SELECT @; FETCH ALL FROM hidden',
  'PREPARE hidden AS SELECT @; EXECUTE hidden; DEALLOCATE hidden',
  'COPY (SELECT @) TO STDOUT',
  'WITH w AS (SELECT @ AS a) SELECT a FROM w',
  'SELECT * FROM customers c LEFT JOIN LATERAL (SELECT @ AS a) l ON true LIMIT 3',
  'SELECT * FROM (SELECT @ AS a) q UNION ALL SELECT * FROM (SELECT @ AS a) r',
  'SAVEPOINT s; SELECT @; RELEASE s',
  'SET LOCAL search_path = public, pg_catalog; SELECT @',
  'SELECT @ AS a FROM orders WINDOW w AS (PARTITION BY customer) LIMIT 2',
];

/** Effects that are statements themselves, inside others. */
const MODIFYING: readonly [string, ...string[]] = [
  "INSERT INTO app.log (line) VALUES ('x') RETURNING id",
  'UPDATE orders SET total = total WHERE id = 1 RETURNING id',
  'DELETE FROM orders WHERE id = 1 RETURNING id',
  'SELECT id FROM orders WHERE id = 1 FOR UPDATE',
  'MERGE INTO orders o USING customers c ON o.id = c.id WHEN MATCHED THEN DO NOTHING',
];
const CARRIERS: readonly [string, ...string[]] = [
  'WITH hidden AS (#) SELECT 1',
  'WITH a AS (SELECT 1), hidden AS (#), b AS (SELECT 2) SELECT * FROM b',
  'WITH RECURSIVE hidden AS (#) SELECT 1',
  'EXPLAIN ANALYZE #',
  'PREPARE hidden AS #; EXECUTE hidden; DEALLOCATE hidden',
  'COPY (#) TO STDOUT',
  'EXPLAIN (ANALYZE) WITH hidden AS (#) SELECT 1',
  'PREPARE hidden AS WITH h AS (#) SELECT 1; EXECUTE hidden; DEALLOCATE hidden',
  'SELECT 1; #',
];

/** `harmless`: of built-ins and plain tables alone. */
export function generate(random: Random, harmless: boolean, maxDepth = 6): Generated {
  if (!harmless && random.chance(0.05)) {
    return { sql: random.pick(CARRIERS).replaceAll('#', random.pick(MODIFYING)), harmless };
  }
  let expression = pickFrom(random, harmless ? PLAIN : random.chance(0.4) ? HARMFUL : OWN);
  let { harmful } = expression;
  const depth = 1 + random.below(maxDepth);
  for (let n = 0; n < depth; n++) {
    const around = random.chance(harmful ? 0.6 : 0.7);
    if (around) expression = { ...expression, sql: hold(random.pick(AROUND), expression.sql) };
    else {
      harmful = true;
      expression = consume(random, expression);
    }
    if (expression.sql.length > 6_000) break;
  }
  if (!harmful) expression = consume(random, expression);
  return { sql: hold(random.pick(STATEMENTS), expression.sql), harmless };
}

function consume(random: Random, { sql, kind }: Expression): Expression {
  const [first, ...others] = CONSUMERS[kind];
  if (!first) throw new Error(`Nothing consumes ${kind}.`);
  const [made, text] = random.pick([first, ...others]);
  return { sql: `(${hold(text, sql)})`, kind: made, harmful: true };
}

function pickFrom(random: Random, [first, ...others]: Expression[]): Expression {
  if (!first) throw new Error('Nothing to pick.');
  return random.pick([first, ...others]);
}

/** A function, for `$` in a text means something to replaceAll. */
const hold = (template: string, sql: string): string => template.replaceAll('@', () => sql);
