import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compact } from './compact.ts';
import { makeParserInstance } from './instance.ts';
import { parseWith, type Parsed } from './parse.ts';
import { isCheap, makeParser, type Parser } from './parser.ts';

let parser: Parser;

before(async () => {
  parser = await makeParser({ deadlineMs: 10_000 });
});

after(() => parser?.close());

const readable = (text: string) => ({ text, bytes: Buffer.byteLength(text) });
const parsed = async (text: string): Promise<Parsed> => parser.parse(readable(text));

test('a cheap text is parsed at once, any other on the worker', async () => {
  assert.ok(!(parser.parse(readable('SELECT 1')) instanceof Promise));
  const long = parser.parse(readable(`SELECT 1${', 1'.repeat(3_000)}`));
  assert.ok(long instanceof Promise);
  assert.equal((await long).kind, 'parsed');
  const syntax = await parsed(`SELECT ${'x'.repeat(9_000)} y z`);
  assert.deepEqual(syntax, { kind: 'syntax_error', message: 'syntax error at or near "z"', position: 9_011 });
});

test('size, nesting and operators make a text dear', () => {
  const cases: [string, boolean][] = [
    ['SELECT 1', true],
    [`SELECT ${'a, '.repeat(1_000)}1`, true],
    [`SELECT ${'a, '.repeat(2_000)}1`, false],
    [`SELECT 1${'+1'.repeat(600)}`, false],
    [`SELECT ${'('.repeat(600)}1${')'.repeat(600)}`, false],
    [`SELECT ${'a['.repeat(600)}1${']'.repeat(600)}`, false],
    [`SELECT a${'::int'.repeat(600)}`, false],
  ];
  for (const [text, cheap] of cases) assert.equal(isCheap(readable(text)), cheap, text.slice(0, 40));
});

test('promise 3: hostile texts are answered as values, and honest ones beside and after them are parsed', async () => {
  const before = parser.replaced;
  const hostile = [
    `SELECT 1${'+'.repeat(60_000)}1`,
    `SELECT 1${'+1'.repeat(25_000)}`,
    `SELECT ${'('.repeat(30_000)}1${')'.repeat(30_000)}`,
    `SELECT ${'NOT '.repeat(15_000)}true`,
    `SELECT ${'a['.repeat(20_000)}1${']'.repeat(20_000)}`,
    `SELECT 1${' UNION SELECT 1'.repeat(4_000)}`,
    `SELECT ${'(SELECT '.repeat(400)}1${')'.repeat(400)}`,
  ];
  const answers = hostile.map(parsed);
  // The main thread is free meanwhile.
  assert.ok(!(parser.parse(readable('SELECT 2')) instanceof Promise));
  for (const answer of await Promise.all(answers)) {
    assert.ok(['failed', 'too_large', 'too_deep', 'parsed', 'syntax_error'].includes(answer.kind));
  }
  assert.ok(parser.replaced > before, 'a worker that failed was replaced');
  for (let i = 0; i < 40; i++) {
    const answer = await parsed(`SELECT ${i}${`, '${'x'.repeat(20)}'`.repeat(300)}`);
    assert.equal(answer.kind, 'parsed', JSON.stringify(answer).slice(0, 200));
  }
});

/** As the server's grammar takes it, and dear for its size: a second or so of the processor. */
const DEAR = `SELECT 1${'+'.repeat(60_000)}1`;

test('a text that takes too much of the processor is over a limit, and the thread that parsed it is replaced', async () => {
  const hasty = await makeParser({ deadlineMs: 1 });
  const answer = await hasty.parse(readable(DEAR));
  assert.deepEqual(answer, {
    kind: 'too_large',
    message: 'parsing the statement takes more than 1 ms of the processor',
  });
  assert.equal(hasty.replaced, 1);
  await hasty.close();
});

test('what a text may take is counted in time of the processor; a host that has none for it is said', async () => {
  const busy = await makeParser({ deadlineMs: 600_000, hardEndMs: 1 });
  const answer = await busy.parse(readable(DEAR));
  assert.deepEqual(answer, {
    kind: 'too_large',
    message: 'the host is too busy: the statement was not parsed within 1 ms',
  });
  await busy.close();
});

/** In which order they are answered, when eve and eva send 18 large texts each, and ana and ben one after them. */
async function answersBehindFlood(of: Parser): Promise<string[]> {
  const answered: string[] = [];
  const send = async (whose: string, text: string) => {
    await of.parse(readable(text), whose);
    answered.push(whose);
  };
  const large = (n: number) => `SELECT ${n}${`, '${'x'.repeat(30)}'`.repeat(1_500)}`;
  const flood = ['eve', 'eva'].flatMap((whose) => Array.from({ length: 18 }, (_, n) => send(whose, large(n))));
  const others = ['ana', 'ben'].map((whose) => send(whose, `SELECT 1${', 1'.repeat(2_000)}`));
  await Promise.all([...flood, ...others]);
  return answered;
}

test('large texts of one principal do not keep another waiting beyond a turn', async () => {
  // On one thread the order of answers is that of the turns, however fast the machine is.
  const single = await makeParser({ threads: 1 });
  await answersBehindFlood(single);
  const answered = await answersBehindFlood(single);
  for (const whose of ['ana', 'ben']) {
    const before = answered.slice(0, answered.indexOf(whose));
    for (const other of ['eve', 'eva'])
      assert.ok(before.filter((name) => name === other).length <= 2, `${whose} behind ${before.join()}`);
  }
  await single.close();
  // With the threads that there are, the last is one of theirs in any case.
  assert.match((await answersBehindFlood(parser)).at(-1) ?? '', /^ev/);
});

test('the places of one principal are not another’s', async () => {
  const small = await makeParser({ waiting: 2 });
  const text = readable(`SELECT 1${', 1'.repeat(3_000)}`);
  const flood = Array.from({ length: 10 }, async () => small.parse(text, 'eve'));
  assert.equal((await small.parse(text, 'ana')).kind, 'parsed');
  const kinds = (await Promise.all(flood)).map(({ kind }) => kind);
  assert.ok(kinds.includes('too_large') && kinds.includes('parsed'), kinds.join());
  await small.close();
});

test('too many waiting texts are refused, and closing answers those that wait', async () => {
  const small = await makeParser({ waiting: 2 });
  const text = readable(`SELECT 1${', 1'.repeat(3_000)}`);
  const answers = [1, 2, 3, 4, 5].map(async () => small.parse(text));
  await small.close();
  const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
  assert.ok(kinds.includes('too_large') && kinds.includes('failed'), kinds.join());
});

test('an instance gives the same tree as the package’s own', async () => {
  const { loadModule, parseSync } = await import('libpg-query');
  await loadModule();
  const instance = await makeParserInstance();
  for (const sql of ['SELECT 1', 'SELECT \'é\', "ü" FROM t -- ∑', 'UPDATE t SET a = $1; DELETE FROM t'])
    assert.deepEqual(instance.parse(sql), parseSync(sql));
});

test('long lists keep one item of each kind, and everything that names something', async () => {
  const instance = await makeParserInstance();
  const size = (sql: string) => {
    const answer = parseWith(instance, sql);
    assert.ok(answer.kind === 'parsed');
    compact(answer.statements, 1e6);
    return JSON.stringify(answer.statements);
  };
  const rows = Array.from({ length: 200 }, (_, i) => `(${i}, 'x${i}', NULL, $1, ${i}::text)`);
  assert.ok(size(`INSERT INTO t VALUES ${rows.join()}`).length < 5_000);
  assert.ok(size(`INSERT INTO t VALUES ${rows.join()}, (harm(1), 'x', NULL, $1, 'y')`).includes('harm'));
  assert.ok(size(`SELECT 1 FROM t WHERE ${Array(100).fill('id = 1').join(' OR ')} OR true`).includes('boolval'));
  assert.ok(size(`SELECT 1 FROM t WHERE ${Array(100).fill('id = 1').join(' OR ')} OR id === 1`).includes('==='));
  const numbers = Array.from({ length: 100 }, (_, i) => i).join();
  assert.ok(size(`SELECT 1 FROM t WHERE id IN (${numbers}, 3000000000, 1.5)`).includes('3000000000'));
  const settings = Array.from({ length: 100 }, (_, i) => `set_config('a.x${i}', 'y', true)`).join();
  assert.ok(size(`SELECT ${settings}, set_config('role', 'x', true)`).includes('"role"'));
});

test('lists whose length or places mean something are left whole: arguments, rows, a search_path', async () => {
  const instance = await makeParserInstance();
  const count = (sql: string, pattern: RegExp) => {
    const answer = parseWith(instance, sql);
    assert.ok(answer.kind === 'parsed');
    compact(answer.statements, 1e6);
    return JSON.stringify(answer.statements).match(pattern)?.length;
  };
  const ones = Array(100).fill('1').join();
  assert.equal(count(`SELECT f(${ones})`, /ival/g), 200);
  assert.equal(count(`SELECT ROW(${ones})`, /ival/g), 200);
  assert.equal(count(`VALUES (${ones})`, /ival/g), 200);
  assert.equal(count(`VALUES ${Array(100).fill(`(${ones})`).join()}`, /ival/g), 200);
  assert.equal(count(`SET search_path = ${Array.from({ length: 100 }, (_, i) => `s${i}`).join()}`, /sval/g), 200);
  assert.equal(count(`SELECT 1 WHERE 1 IN (${ones})`, /ival/g), 6);
});
