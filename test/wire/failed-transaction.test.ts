// A transaction whose statement was refused is a failed one, whoever refused it and in whatever protocol: 25P02 until its
// end, which is a ROLLBACK, and no change of mode mends that.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { int32, message } from '../../services/gateway/wire/frames.ts';
import { sampled } from '../helpers/sample.ts';
import { bindText, describe, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  const open = openPolicy();
  stage = await makeStage({
    // Policy's own refusal, for a table of that name; and a bound on what may be changed.
    policy: {
      ...open,
      statement: (input) => {
        const { relations } = input.statement;
        if (!relations.some(({ name }) => name === 'secret')) return open.statement(input);
        const reasons = [{ code: 'secret', message: 'not for you', remedy: '' }];
        return {
          ok: true,
          decision: { allow: false, reasons, obligations: {} },
          revision: 'test',
          microseconds: 1,
          lasting: true,
        };
      },
    },
    limits: { rows: 5, textRead: 1_000, textWrite: 1_000 },
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 10) n;
      CREATE TABLE secret (id int)`,
  });
});
after(() => stage?.remove());

const UTF8 = message('Q', Buffer.from([0x53, 0xff, 0]));

/** What is refused in both modes, as it is sent. */
const REFUSED: Record<string, Buffer[]> = {
  'by policy': [query('SELECT * FROM secret')],
  'by policy, extended': [run('SELECT * FROM secret'), SYNC],
  'by policy, at its Parse': [parse('', 'SELECT * FROM secret'), SYNC],
  'by policy, in a longer text': [query('SELECT 1; SELECT * FROM secret')],
  'by the floor': [query('SET ROLE writer')],
  'by the floor, extended': [run('SET ROLE writer'), SYNC],
  'as not understood': [query('SELEC 1')],
  'as not understood, extended': [run('SELEC 1'), SYNC],
  'for a name that is not there': [query('SELECT nope FROM items')],
  'as no UTF-8': [UTF8],
  'as too long': [query(`SELECT '${'x'.repeat(3_000)}'`)],
  'as too long, extended': [parse('', `SELECT '${'x'.repeat(3_000)}'`), SYNC],
  'for its rows': [query('SELECT * FROM items')],
  'for its rows, extended': [run('SELECT * FROM items'), SYNC],
  'for a statement that is not there': [bindText('', 'nobody'), SYNC],
  'for a portal that is not there': [execute('nobody'), SYNC],
  'for a Describe of nothing': [describe('S', 'nobody'), SYNC],
  'for a statement that is there already': [parse('twice', 'SELECT 1'), parse('twice', 'SELECT 1'), SYNC],
  'for a name that is too long': [parse('x'.repeat(70), 'SELECT 1'), SYNC],
  'as a FunctionCall': [message('F', int32(1), Buffer.alloc(6))],
  'sudo without a reason': [query("SELECT sudo('')")],
  'sudo without a reason, extended': [run("SELECT sudo('')"), SYNC],
  'sudo for a time that is none': [query("SELECT sudo('why', 'soon')")],
  'sudo in a longer text': [query("SELECT 1; SELECT sudo('why')")],
  'what follows on sudo_status and is refused': [run('SELECT sudo_status()'), run('SELECT * FROM secret'), SYNC],
};

/** In read only. */
const REFUSED_IN_READ: Record<string, Buffer[]> = {
  'as a write': [query("UPDATE items SET name = 'a'")],
  'as a write, extended': [run("UPDATE items SET name = 'a'"), SYNC],
  'as a COPY': [query('COPY items FROM STDIN')],
};

/** Changes of mode, or attempts at them, one after another. */
const CHANGES: Record<string, Buffer[]> = {
  nothing: [],
  sudo: [query("SELECT sudo('why')")],
  'sudo with a bound reason': [
    Buffer.concat([parse('', 'SELECT sudo($1)'), bindText('', '', ['why']), execute(''), SYNC]),
  ],
  'unsudo, extended': [Buffer.concat([run('SELECT unsudo()'), SYNC])],
  'unsudo and sudo': [query('SELECT unsudo()'), query("SELECT sudo('why')")],
};

/** From a transaction that must have failed to its end: nothing of it came alive. */
async function staysFailed(raw: Raw, what: string): Promise<void> {
  for (const [how, changes] of Object.entries(CHANGES)) {
    for (const each of changes) assert.equal((await raw.ask(each)).at(-1), 'Z(E)', `${what}, ${how}`);
    for (const each of [query("UPDATE items SET name = 'alive'"), Buffer.concat([run('SELECT 1'), SYNC])]) {
      const words = await raw.ask(each);
      assert.equal(words.at(-1), 'Z(E)', `${what}, ${how}: ${words}`);
      assert.ok(['25P02', '25006'].includes(sqlstate(words) ?? ''), `${what}, ${how}: ${words}`);
    }
  }
}

async function end(raw: Raw): Promise<void> {
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(ROLLBACK)', 'Z(I)']);
}

const written = async () =>
  (await stage.rows("SELECT count(*)::int AS n FROM items WHERE name NOT LIKE 'item %'"))[0]?.n;

for (const [who, refused] of sampled(Object.entries({ ...REFUSED, ...REFUSED_IN_READ }), 4)) {
  test(`promise 3: in read a transaction stays failed that was refused something: ${who}`, async () => {
    for (const begin of [
      [query('BEGIN')],
      [query('BEGIN'), query('SELECT 1')],
      [Buffer.concat([run('BEGIN'), SYNC])],
    ]) {
      const raw = await Raw.open(stage.through());
      for (const each of begin) await raw.ask(each);
      const words = await raw.ask(refused);
      assert.ok(sqlstate(words), words.join());
      assert.equal(words.at(-1), 'Z(E)', words.join());
      await staysFailed(raw, who);
      await end(raw);
      assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
      raw.destroy();
    }
    assert.equal(await written(), 0);
  });
}

for (const [who, refused] of sampled(Object.entries(REFUSED), 4)) {
  test(`promise 3: in write a transaction stays failed that was refused something: ${who}`, async () => {
    for (const begin of [
      [query('BEGIN')],
      [Buffer.concat([run('BEGIN'), SYNC]), query("INSERT INTO items VALUES (100, 'alive')")],
    ]) {
      const raw = await Raw.open(stage.through());
      await raw.ask(query("SELECT sudo('why')"));
      for (const each of begin) await raw.ask(each);
      const words = await raw.ask(refused);
      assert.ok(sqlstate(words), words.join());
      assert.equal(words.at(-1), 'Z(E)', words.join());
      await staysFailed(raw, who);
      await end(raw);
      raw.destroy();
    }
    assert.equal(await written(), 0);
  });
}

test('promise 3: outside a transaction a refusal leaves none', async () => {
  const raw = await Raw.open(stage.through());
  for (const refused of Object.values({ ...REFUSED, ...REFUSED_IN_READ })) {
    const words = await raw.ask(refused);
    assert.ok(sqlstate(words), words.join());
    assert.equal(words.at(-1), 'Z(I)', words.join());
  }
  raw.destroy();
});

test('promise 3: ROLLBACK TO a savepoint is what it is directly', async () => {
  const raw = await Raw.open(stage.through());
  for (const text of ['BEGIN', 'SAVEPOINT a', 'SELECT * FROM secret', 'ROLLBACK TO a']) await raw.ask(query(text));
  assert.deepEqual((await raw.ask(query('SELECT 1'))).at(-1), 'Z(T)');
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(COMMIT)', 'Z(I)']);
  raw.destroy();
});

test('promise 3: a command that stands behind messages without a Sync is answered behind them', async () => {
  const raw = await Raw.open(stage.through());
  const words = await raw.ask([run('SELECT 1'), query('SHOW sudoql.mode')]);
  assert.deepEqual(
    words.filter((word) => !word.startsWith('T(')),
    ['1', '2', 'D(1)', 'C(SELECT 1)', 'D(read)', 'C(SHOW)', 'Z(I)'],
  );
  assert.deepEqual(await raw.ask([run('SELECT 1/0'), query('SHOW sudoql.mode'), SYNC]), [
    '1',
    'E(22012 division by zero)',
    'Z(I)',
  ]);
  assert.deepEqual((await raw.ask([parse('', 'SELECT 1'), query("SELECT sudo('why')")]))[0], '1');
  assert.deepEqual((await raw.ask(query('SHOW sudoql.mode')))[1], 'D(write)');
  raw.destroy();
});
