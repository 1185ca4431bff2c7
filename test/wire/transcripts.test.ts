import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, copyData, COPY_DONE, copyFail, FLUSH } from '../../services/gateway/wire/frames.ts';
import { same, type Script } from './compare.ts';
import { bindText, describe, execute, parse, query, Raw, run, SYNC } from './raw-client.ts';
import { openPolicy, makeStage, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n;
      CREATE TABLE deferred (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO deferred VALUES (1)`,
  });
});
after(() => stage.remove());

const HELD = 'DECLARE h SCROLL CURSOR WITH HOLD FOR SELECT id, name FROM items ORDER BY id';

const READS: Record<string, Script> = {
  'a cursor WITH HOLD': [
    [query(HELD)],
    [query('FETCH 2 FROM h')],
    [[run('FETCH 1 FROM h'), SYNC]],
    [query(HELD)],
    [query('MOVE BACKWARD ALL IN h')],
    [query('BEGIN')],
    [query('SELECT 1/0')],
    [query('ROLLBACK')],
    [query('FETCH h')],
    [query('CLOSE h')],
    [query('FETCH h')],
    [query(`BEGIN; ${HELD}; FETCH h; COMMIT`)],
    [query('FETCH h')],
    [query('CLOSE ALL')],
    [query('FETCH h')],
    [[run('DECLARE h CURSOR WITH HOLD FOR SELECT $1::int', ['7']), run('FETCH h'), SYNC]],
    [[run('FETCH ALL h'), run('CLOSE h'), SYNC]],
    [query('BEGIN')],
    [query(HELD)],
    [query('ROLLBACK')],
    [query('FETCH h')],
    [query(`${HELD}; SELECT 1/0`)],
    [query('FETCH h')],
  ],
  'a query': [[query('SELECT 1 AS one')]],
  'several statements in one query': [[query("SELECT 1; SELECT 'two'; SHOW DateStyle")]],
  'an empty query, and comments': [[query('')], [query('-- nothing')], [query(' ; ;')]],
  'an error with its position': [[query('SELECT nope FROM items')], [query('SELECT * FROM missing')]],
  'a syntax error': [[query('SELEC 1')], [[run('SELEC 1'), SYNC]]],
  'a transaction': [[query('BEGIN')], [query('SELECT 1')], [query('COMMIT')]],
  'a failed transaction': [
    [query('BEGIN')],
    [query('SELECT 1/0')],
    [query('SELECT 1')],
    [[run('SELECT 2'), SYNC]],
    [query('ROLLBACK')],
  ],
  savepoints: [
    [query('BEGIN')],
    [query('SAVEPOINT a')],
    [query('SELECT 1/0')],
    [query('ROLLBACK TO a')],
    [query('SELECT 1')],
    [query('COMMIT')],
  ],
  'transaction isolation after BEGIN': [
    [query('BEGIN')],
    [query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')],
    [query('SHOW transaction_isolation')],
    [query('COMMIT AND CHAIN')],
    [query('SHOW transaction_isolation')],
    [query('ROLLBACK')],
  ],
  'the extended protocol': [
    [[run('SELECT $1::int + 1', ['41']), SYNC]],
    [[parse('s', 'SELECT id, name FROM items WHERE id = $1'), describe('S', 's'), SYNC]],
    [[bindText('p', 's', ['7']), describe('P', 'p'), execute('p'), SYNC]],
    [[bindText('', 's', ['8']), execute(''), bindText('', 's', ['9']), execute(''), SYNC]],
    [[close('S', 's'), SYNC]],
    [[bindText('', 's', ['8']), execute(''), SYNC]],
  ],
  'a portal in pieces': [
    [
      [
        parse('', 'SELECT id FROM items ORDER BY id'),
        bindText('p', ''),
        execute('p', 2),
        execute('p', 3),
        close('P', 'p'),
        execute('p', 1),
        SYNC,
      ],
    ],
  ],
  'a batch skipped after an error': [
    [[run('SELECT 1'), run('SELECT 1/0'), run('SELECT 2'), query('SELECT 3'), SYNC]],
    [query('SELECT 4')],
  ],
  'several batches at once': [[[run('SELECT 1'), SYNC, run('SELECT 2'), SYNC, query('SELECT 3')], 3]],
  'a statement prepared twice': [
    [[parse('s', 'SELECT 1'), SYNC]],
    [[parse('s', 'SELECT 2'), SYNC]],
    [[bindText('', 's'), execute(''), SYNC]],
  ],
  'a failed unnamed Parse destroys the unnamed statement, a skipped one does not': [
    [[parse('', 'SELECT 1'), SYNC]],
    [[parse('', 'SELECT nope'), SYNC]],
    [[bindText('', ''), execute(''), SYNC]],
    [[parse('', 'SELECT 2'), SYNC]],
    [[parse('x', 'SELECT nope'), parse('', 'SELECT 3'), SYNC]],
    [[bindText('', ''), execute(''), SYNC]],
  ],
  'prepared in SQL': [
    [query('PREPARE two (int) AS SELECT $1 * 2')],
    [query('EXECUTE two(21)')],
    [[bindText('', 'two', ['4']), execute(''), SYNC]],
    [query('DEALLOCATE two')],
    [query('EXECUTE two(21)')],
  ],
  cursors: [
    [query('BEGIN')],
    [query('DECLARE c CURSOR FOR SELECT id FROM items ORDER BY id')],
    [query('FETCH 2 FROM c')],
    [[execute('c', 2), SYNC]],
    [query('CLOSE c')],
    [query('FETCH 1 FROM c')],
    [query('ROLLBACK')],
  ],
  'a cursor that is not there': [[[execute('nobody'), SYNC]], [[describe('P', 'nobody'), SYNC]]],
  'COPY TO STDOUT': [
    [query('COPY (SELECT id, name FROM items WHERE id < 3 ORDER BY id) TO STDOUT')],
    [[run('COPY (SELECT 1) TO STDOUT'), SYNC]],
  ],
  settings: [
    [query("SET TIME ZONE 'UTC'")],
    [query('SHOW TimeZone')],
    [query('SET search_path = pg_catalog')],
    [query('SELECT 1 FROM items')],
    [query('RESET search_path')],
    [query('SELECT count(*) FROM items')],
    [query('SET LOCAL search_path = pg_catalog')],
  ],
  'a rolled back search_path': [
    [query('BEGIN')],
    [query('SET search_path = pg_catalog')],
    [query('SELECT count(*) FROM items')],
    [query('ROLLBACK')],
    [query('SELECT count(*) FROM items')],
  ],
  explain: [[query('EXPLAIN (COSTS OFF) SELECT 1')]],
  'a BEGIN that asks for READ ONLY': [
    [query('BEGIN READ ONLY')],
    [query('SHOW transaction_read_only')],
    [query('COMMIT')],
  ],
  'RESET ALL and DISCARD ALL': [[query('RESET ALL')], [query('DISCARD ALL')]],
};

const WRITES: Record<string, Script> = {
  'an update': [
    [query("UPDATE items SET name = 'x' WHERE id = 1")],
    [query("UPDATE items SET name = 'item 1' WHERE id = 1")],
  ],
  'an insert and a delete by extended protocol': [
    [[run('INSERT INTO items VALUES ($1, $2) RETURNING id', ['500', 'new']), SYNC]],
    [[run('DELETE FROM items WHERE id = $1', ['500']), SYNC]],
  ],
  'a deferred constraint at the Sync': [[[run('INSERT INTO deferred VALUES (1)'), SYNC]]],
  'a deferred constraint at COMMIT': [[query('BEGIN')], [query('INSERT INTO deferred VALUES (1)')], [query('COMMIT')]],
  'a transaction rolled back': [
    [query('BEGIN')],
    [query("INSERT INTO items VALUES (501, 'x')")],
    [query('ROLLBACK')],
    [query('SELECT count(*) FROM items WHERE id = 501')],
  ],
  'COPY FROM STDIN': [
    [[query('COPY items FROM STDIN'), copyData(Buffer.from('600\ta\n601\tb\n')), COPY_DONE]],
    [[query('COPY items FROM STDIN'), copyData(Buffer.from('602\ta\n')), copyFail('no more')]],
    [[query('COPY items FROM STDIN'), copyData(Buffer.from('nonsense\n')), COPY_DONE]],
    [query('DELETE FROM items WHERE id >= 600')],
  ],
  'COPY FROM STDIN by extended protocol': [
    [
      [
        parse('', 'COPY items FROM STDIN'),
        bindText('', ''),
        execute(''),
        SYNC,
        copyData(Buffer.from('600\ta\n')),
        COPY_DONE,
        SYNC,
      ],
    ],
    [[run('DELETE FROM items WHERE id >= 600'), SYNC]],
  ],
  'a table made and used in one transaction': [
    [query('BEGIN')],
    [query('CREATE TEMP TABLE scratch (a int)')],
    [query('INSERT INTO scratch VALUES (1), (2)')],
    [query('SELECT sum(a) FROM scratch')],
    [query('ROLLBACK')],
  ],
};

for (const [name, script] of Object.entries(READS)) {
  test(`promise 11: in read the answers are PostgreSQL's own: ${name}`, async () => {
    await same(stage, script);
  });
}

// What ends an elevation has other answers in write; its tests are in ending.test.ts.
const { 'RESET ALL and DISCARD ALL': _, ...inBoth } = READS;

for (const [name, script] of Object.entries({ ...inBoth, ...WRITES })) {
  test(`promise 11: in write the answers are PostgreSQL's own: ${name}`, async () => {
    await same(stage, script, 'writer');
  });
}

test('promise 3: a text with a name that is not there does not run in part, and the error has its position', async () => {
  const raw = await Raw.open(stage.through());
  assert.deepEqual(await raw.ask(query('SELECT 1; SELECT * FROM missing')), [
    'E(42P01 relation "missing" does not exist @25)',
    'Z(I)',
  ]);
  raw.destroy();
});

test('promise 11: Flush brings out what a batch has answered so far', async () => {
  const raw = await Raw.open(stage.through());
  raw.send(run('SELECT 1'), FLUSH);
  assert.deepEqual(
    [await raw.next(), await raw.next(), await raw.next(), await raw.next()],
    ['1', '2', 'D(1)', 'C(SELECT 1)'],
  );
  assert.deepEqual(await raw.ask(SYNC), ['Z(I)']);
  raw.destroy();
});

test('promise 11: EXECUTE of a statement that cannot be prepared on the other backend gets its error, and the session goes on', async () => {
  const raw = await Raw.open(stage.through());
  const direct = await stage.direct();
  await direct.query('CREATE TABLE going (a int); GRANT SELECT ON going TO PUBLIC');
  await raw.ask(query('PREPARE goes AS SELECT * FROM items'));
  await raw.ask([parse('went', 'SELECT a FROM going'), SYNC]);
  await raw.ask(query("SELECT sudo('x')"));
  await direct.query('DROP TABLE going');
  for (const ready of ['Z(I)', 'Z(T)']) {
    if (ready === 'Z(T)') await raw.ask(query('BEGIN'));
    const words = await raw.ask(query('EXECUTE went'));
    assert.match(words[0] ?? '', /^E\(42P01/);
    assert.deepEqual(words.slice(1), [ready === 'Z(T)' ? 'Z(E)' : 'Z(I)']);
  }
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(ROLLBACK)', 'Z(I)']);
  assert.equal((await raw.ask(query('EXECUTE goes'))).at(-1), 'Z(I)');
  raw.destroy();
});
