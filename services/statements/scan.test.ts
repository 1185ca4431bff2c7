// Held to PostgreSQL's own scanner, token by token, over texts made of every form of token and everything that may stand between.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadModule, scanSync } from 'libpg-query';
import { makeRandom, type Random } from '../../test/fuzz/random.ts';
import { startPostgres } from '../../test/helpers/postgres.ts';
import { normalize } from './normalize.ts';
import { withContinuedStrings } from './parser/continued-strings.ts';
import { makeParserInstance } from './parser/instance.ts';
import { parseWith } from './parser/parse.ts';
import { scan, type TokenKind } from './scan.ts';
import { connectTo } from './testing/connect.ts';

const SEED = 20;
const TEXTS = 6_000;

before(loadModule);

type Cut = [kind: TokenKind, start: number, end: number];

const KINDS: Record<number, TokenKind> = {
  258: 'word',
  259: 'quoted',
  260: 'number',
  261: 'string',
  262: 'string',
  263: 'string',
  264: 'string',
  266: 'number',
  267: 'parameter',
  275: 'comment',
  276: 'comment',
};

/** In bytes, without blanks. */
function ours(sql: string): Cut[] {
  const found = [...scan(sql)];
  assert.equal(found.map(({ start, end }) => sql.slice(start, end)).join(''), sql, 'nothing lies between two tokens');
  const at = (index: number) => Buffer.byteLength(sql.slice(0, index));
  return merged(
    found.filter(({ kind }) => kind !== 'blank').map(({ kind, start, end }): Cut => [kind, at(start), at(end)]),
  );
}

/** `N'…'` is two tokens there. */
function postgres(sql: string): Cut[] {
  const bytes = Buffer.from(sql);
  const cuts: Cut[] = [];
  for (const { tokenType, keywordKind, start, end } of scanSync(sql).tokens) {
    const kind = keywordKind > 0 ? 'word' : (KINDS[tokenType] ?? 'symbol');
    const last = cuts.at(-1);
    const national = kind === 'string' && bytes[start] === 39 && last?.[2] === start && last[2] - last[1] === 1;
    if (national && ((bytes[last[1]] ?? 0) | 32) === 110) cuts.splice(-1, 1, [kind, last[1], end]);
    else cuts.push([kind === 'word' && bytes[start] === 34 ? 'quoted' : kind, start, end]);
  }
  return merged(cuts);
}

/** The characters of an operator are one token there. */
function merged(tokens: Cut[]): Cut[] {
  const cuts: Cut[] = [];
  for (const [kind, start, end] of tokens) {
    const last = cuts.at(-1);
    if (kind === 'symbol' && last?.[0] === 'symbol' && last[2] === start) last[2] = end;
    else cuts.push([kind, start, end]);
  }
  return cuts;
}

const BLANKS: [string, ...string[]] = [' ', '\t', '\n', '\r', '\f', '\v', '\r\n', ' \n '];
/** Blanks for others, letters for PostgreSQL. */
const NO_BLANKS = ['\u00a0', '\u2028', '\ufeff', '\u3000', '\u0085'];
const INSIDE: [string, ...string[]] = [
  "''",
  '\\\\',
  "\\'",
  '"',
  '""',
  '$$',
  '$a$',
  '--',
  '/*',
  '*/',
  ';',
  'x',
  'É',
  '🂡',
  ' ',
  '\n',
  '\\n',
  'E',
  '&',
  ...NO_BLANKS,
];

const some = (random: Random, from: readonly [string, ...string[]], most: number) =>
  Array.from({ length: random.below(most + 1) }, () => random.pick(from)).join('');

const comment = (random: Random): string =>
  random.chance(0.5)
    ? `--${some(random, INSIDE, 4).replaceAll('\n', '')}\n`
    : `/*${some(random, ["'", '"', '$$', '*', '/', '--', 'x', '\n'], 4).replaceAll(/\/\*|\*\//g, '')}${random.chance(0.3) ? comment(random).replace(/^--.*/s, '') : ''} */`;

const between = (random: Random): string =>
  Array.from({ length: random.below(4) }, () => (random.chance(0.3) ? comment(random) : random.pick(BLANKS))).join('');

type Token = (random: Random) => string;

const bits = (random: Random, of: [string, ...string[]]) => some(random, of, 5);

/** The pieces of one string, each in its quotes: what stands between may continue it. */
function pieces(random: Random, piece: () => string): string {
  let text = `'${piece()}'`;
  while (random.chance(0.4)) text += `${between(random)}'${piece()}'`;
  return text;
}

const plain = (random: Random) => some(random, INSIDE, 5).replaceAll(/(?<!')'(?!')/g, "''");
const escaped = (random: Random) => some(random, [...INSIDE, "\\'"], 5).replaceAll(/(?<![\\'])'(?!')/g, "''");

const TOKENS: [Token, ...Token[]] = [
  (random) => pieces(random, () => plain(random)),
  (random) => random.pick(['e', 'E']) + pieces(random, () => escaped(random)),
  (random) => random.pick(['n', 'N']) + pieces(random, () => plain(random)),
  (random) => random.pick(['u&', 'U&']) + pieces(random, () => plain(random).replaceAll('\\', '/')),
  (random) => random.pick(['b', 'B']) + pieces(random, () => bits(random, ['0', '1'])),
  (random) => random.pick(['x', 'X']) + pieces(random, () => bits(random, ['0', '9', 'a', 'F'])),
  (random) => {
    const tag = random.pick(['$$', '$a$', '$É$', '$_1$', '$Ab1$']);
    return tag + some(random, INSIDE, 5).replaceAll(tag, '') + tag;
  },
  (random) => `${random.pick(['', 'U&', 'u&'])}"${some(random, INSIDE, 4).replaceAll('"', '""')}x"`,
  (random) => random.pick(['select', 'E', 'x', 'N', 'u', 'U', 'É', 'a$b', '_', 'a$$', 'ſ', 'İ', ...NO_BLANKS]),
  (random) => random.pick(['1', '1.', '.5', '1.5e3', '1e-3', '1_000', '0xFf', '0o17', '0b1', '1..2', '$1', '$12']),
  (random) => some(random, [...'+-*/<>=~!@#%^&|`?,;()[].:$'] as [string, ...string[]], 3),
];

function text(random: Random): string {
  let made = '';
  for (let left = 1 + random.below(6); left > 0; left--) made += random.pick(TOKENS)(random) + between(random);
  return made;
}

test(`a text is cut into tokens as PostgreSQL's own scanner cuts it (seed ${SEED})`, () => {
  const random = makeRandom(SEED);
  let compared = 0;
  const continuedForms = new Set<string>();
  for (let n = 0; n < TEXTS; n++) {
    const sql = text(random);
    let theirs: Cut[];
    try {
      theirs = postgres(withContinuedStrings(sql));
    } catch {
      continue;
    }
    compared++;
    assert.deepEqual(ours(sql), theirs, `text ${n}: ${JSON.stringify(sql)}`);
    for (const { kind, start, end } of scan(sql)) {
      const token = sql.slice(start, end);
      if (kind === 'string' && token[0] !== '$' && /'[ \t\f\v]*\n\s*'/.test(token))
        continuedForms.add((token[0] ?? '').toLowerCase());
    }
  }
  assert.ok(compared > TEXTS / 3, `${compared} of ${TEXTS} were compared`);
  assert.deepEqual([...continuedForms].sort(), ["'", 'b', 'e', 'n', 'u', 'x'], 'every form was continued');
});

/** Names of columns outside of literals, and the same words inside of them. */
function select(random: Random): string {
  const decoys = [' AS shown_7, ', "''", '"', '$$', '/*', '*/', '--', ';', ' FROM shown_8 '] as const;
  const inPlain = () => `hunter${some(random, [...decoys, "\\''"], 4)}`;
  const inEscapes = () => `hunter${some(random, [...decoys, "\\'", '\\\\'], 4)}`;
  const literals = [
    () => pieces(random, inPlain),
    () => `E${pieces(random, inEscapes)}`,
    () => `N${pieces(random, inPlain)}`,
    () => `U&${pieces(random, () => inPlain().replaceAll('\\', ''))}`,
    () => `$a$${inPlain()}$a$`,
  ] as const;
  const columns = Array.from({ length: 1 + random.below(4) }, (_, at) => {
    return `${random.pick(literals)()}${between(random)} AS shown_${at}`;
  });
  return `SELECT ${columns.join(`,${between(random)}`)}${between(random)}`;
}

test(`what the server takes for a string is in no record, and what it takes for none is (seed ${SEED})`, async () => {
  const cluster = await startPostgres();
  const client = await connectTo(cluster);
  try {
    const parser = await makeParserInstance();
    const random = makeRandom(SEED);
    let compared = 0;
    let throughComments = 0;
    for (let n = 0; n < TEXTS / 2; n++) {
      const sql = select(random);
      const result = await client.query({ text: sql, rowMode: 'array' }).catch(() => null);
      if (!result || Array.isArray(result)) continue;
      compared++;
      if (withContinuedStrings(sql) !== sql) throughComments++;
      const columns = result.fields.map(({ name }) => name).filter((name) => name.startsWith('shown_'));
      const { normalized } = normalize(sql);
      assert.doesNotMatch(normalized, /hunter/, JSON.stringify(sql));
      assert.deepEqual(normalized.match(/shown_\d/g) ?? [], columns, JSON.stringify(sql));
      const parsed = parseWith(parser, sql);
      assert.equal(parsed.kind, 'parsed', JSON.stringify(sql));
      const names = JSON.stringify(parsed).match(/"name":"shown_\d"/g) ?? [];
      assert.deepEqual(
        names,
        columns.map((name) => `"name":"${name}"`),
        JSON.stringify(sql),
      );
    }
    assert.ok(compared > TEXTS / 8, `${compared} were compared`);
    assert.ok(throughComments > 50, `${throughComments} went on behind a comment`);
  } finally {
    await client.end();
    await cluster.remove();
  }
});

test('what the server takes for one string is not judged as statements, nor statements as a string', async () => {
  const parser = await makeParserInstance();
  const parsed = parseWith(parser, "DO E'x' --\n'y\\' ; SELECT ' ; DROP TABLE t; --'");
  assert.ok(parsed.kind === 'parsed');
  assert.deepEqual(
    parsed.statements.map(({ node }) => node.type),
    ['DoStmt', 'DropStmt'],
  );
});

test('a record is cut between characters, and no name in it is taken for a literal', () => {
  for (const before of ['', 'x']) {
    const { normalized } = normalize(`SELECT ${before}${'🂡'.repeat(600)}`);
    assert.ok(normalized.isWellFormed());
  }
  assert.equal(normalize('SELECT "$n", a$n, $1, 2').normalized, 'select "$n", a$n, $1, ...');
});

test('lists of literals are one literal, whatever their length', () => {
  const of = (sql: string) => normalize(sql);
  assert.equal(of('SELECT f(1, 2,3), 4').normalized, 'select f($1, ...), $2');
  assert.equal(of('x IN (1 , 2)').fingerprint, of("x IN ('a','b','c')").fingerprint);
  assert.equal(of('SELECT 1, a, 2').normalized, 'select $1, a, $2');
});

test("a setting's value is a literal, however it is written; what an UPDATE sets is not", () => {
  const shown = (sql: string) => normalize(sql).normalized;
  for (const [sql, normalized] of [
    ['SET app.key = hunter2', 'set app.key = $1'],
    ['SET LOCAL app.key TO "hunter2"', 'set local app.key to $1'],
    ['set session "app"."key" /* to */ = HUNTER2', 'set session "app"."key" = $1'],
    ['SET search_path TO hunter, hunter2', 'set search_path to $1, ...'],
    ["SET search_path TO hunter, 'b', hunter2", 'set search_path to $1, ...'],
    ['SET a.b TO DEFAULT', 'set a.b to default'],
    ['ALTER ROLE x SET app.key = hunter2', 'alter role x set app.key = $1'],
    ['ALTER ROLE set SET app.key = hunter2', 'alter role set set app.key = $1'],
    ['ALTER ROLE x IN DATABASE y SET app.key TO hunter2', 'alter role x in database y set app.key to $1'],
    ['ALTER SYSTEM SET app.key = hunter2', 'alter system set app.key = $1'],
    [
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET a.b TO hunter2 SET c.d = hunter AS 'x'",
      'create function f() returns int language sql set a.b to $1 set c.d = $2 as $3',
    ],
    ['SET TIME ZONE hunter2', 'set time zone $1'],
    ['SET TIME ZONE LOCAL', 'set time zone local'],
    [
      'ALTER SUBSCRIPTION s SET (slot_name = hunter2, binary = true)',
      'alter subscription s set (slot_name = $1, binary = true)',
    ],
    ['CREATE TABLE t (a int) WITH (toast.x = hunter2, y)', 'create table t (a int) with (toast.x = $1, y)'],
    [
      'CREATE PUBLICATION p FOR TABLE t WITH (publish = hunter2)',
      'create publication p for table t with (publish = $1)',
    ],
    ['CREATE VIEW v AS SELECT a FROM t WHERE (b = c)', 'create view v as select a from t where (b = c)'],
    [
      'CREATE RULE r AS ON INSERT TO t DO ALSO UPDATE u SET (a, b) = (c, d)',
      'create rule r as on insert to t do also update u set (a, b) = (c, d)',
    ],
    ['UPDATE t SET a = b, c = d WHERE e = f', 'update t set a = b, c = d where e = f'],
    ['ALTER TABLE t SET SCHEMA s', 'alter table t set schema s'],
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'set transaction isolation level serializable'],
  ])
    assert.equal(shown(sql ?? ''), normalized);
});
