// What asks for READ WRITE in read mode, as drivers do by themselves: a quiet no-op where it stands alone, refused inside more; the
// session reads only ever after, on 15 too, where READ ONLY can be left from inside a transaction.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startVersion, VERSIONS } from '../helpers/debian-postgres.ts';
import { close } from '../../services/gateway/wire/frames.ts';
import { bindText, execute, parse, query, Raw, run, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

/** With the command tag that a server answers it with. */
const ASKS: [text: string, tag: string][] = [
  ['SET default_transaction_read_only = off', 'SET'],
  ['set "default_transaction_read_only" to FALSE', 'SET'],
  ["SET SESSION default_transaction_read_only = 'of'", 'SET'],
  ['SET default_transaction_read_only = 0', 'SET'],
  ['SET LOCAL default_transaction_read_only = no', 'SET'],
  ['SET default_transaction_read_only TO DEFAULT', 'SET'],
  ['RESET default_transaction_read_only', 'RESET'],
  ['SET transaction_read_only = off', 'SET'],
  ['SET LOCAL transaction_read_only = f', 'SET'],
  ['SET transaction_read_only TO DEFAULT', 'SET'],
  ['RESET transaction_read_only', 'RESET'],
  ['SET TRANSACTION READ WRITE', 'SET'],
  ['SET TRANSACTION NOT DEFERRABLE, READ WRITE', 'SET'],
  ['SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE', 'SET'],
  ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, READ WRITE /* pgjdbc */;', 'SET'],
  ["SELECT set_config('default_transaction_read_only', 'off', false)", 'SELECT 1'],
  ['SELECT pg_catalog.set_config(\'Transaction_Read_Only\', NULL, true) AS "on"', 'SELECT 1'],
  ["SELECT set_config('transaction_read_only', 'no'::text, 'f'::bool)", 'SELECT 1'],
];

/** Not by itself: refused, and nothing of it stays. */
const INSIDE = [
  'SET default_transaction_read_only = off; SELECT 1',
  'SELECT 1; SET TRANSACTION READ WRITE',
  'BEGIN READ WRITE; SELECT 1; COMMIT',
  'BEGIN; SET transaction_read_only TO DEFAULT; COMMIT',
  'RESET transaction_read_only; SELECT 1',
  "SELECT set_config('transaction_read_only', 'off', false), 1",
  "SELECT 1 WHERE set_config('transaction_read_only', NULL, false) IS NULL",
  "SELECT set_config('transaction_read_only', 'off', false) FROM items",
  "WITH a AS (SELECT set_config('transaction_read_only', 'off', true)) SELECT * FROM a",
  "SELECT set_config('transaction_' || 'read_only', 'off', false)",
  'SET transaction_read_only = off, on',
];

for (const version of VERSIONS) {
  let stage: Stage;

  before(async () => {
    const cluster = await startVersion(version);
    stage = await makeStage({
      policy: openPolicy(),
      cluster,
      schema: "CREATE TABLE items (id int PRIMARY KEY, name text); INSERT INTO items VALUES (1, 'one')",
    });
  });
  after(() => stage?.remove());

  const state = async (raw: Raw) => [
    (await raw.ask(query('SHOW default_transaction_read_only')))[1],
    (await raw.ask(query('SHOW transaction_read_only')))[1],
  ];
  const ON = ['D(on)', 'D(on)'];
  const prepared = (name: string, text: string) => [parse(name, text), bindText('', name), execute(''), SYNC];

  test(`promise 11: on ${version} asking for READ WRITE alone is a quiet no-op in read mode, in every spelling`, async () => {
    const raw = await Raw.open(stage.through());
    for (const [text, tag] of ASKS) {
      const words = await raw.ask(query(text));
      assert.ok(words.includes(`C(${tag})`) && words.at(-1) === 'Z(I)', `${text}: ${words.join()}`);
      assert.deepEqual(await state(raw), ON, text);
      await raw.ask([run('BEGIN'), SYNC]);
      const inside = await raw.ask([close('S', 'p'), ...prepared('p', text)]);
      assert.ok(inside.includes(`C(${tag})`) && inside.at(-1) === 'Z(T)', `${text}: ${inside.join()}`);
      assert.deepEqual(await state(raw), ON, text);
      await raw.ask(query('COMMIT'));
      assert.deepEqual(await state(raw), ON, text);
    }
    raw.destroy();
  });

  test(`promise 11: on ${version} what asks for READ WRITE is in write mode what it says, also where it was prepared in read`, async () => {
    const raw = await Raw.open(stage.through());
    const asks = ASKS.filter(([text]) => /default_transaction|CHARACTERISTICS/.test(text) && !/LOCAL/.test(text));
    for (const [at, [text]] of asks.entries()) await raw.ask(prepared(`p${at}`, text));
    await raw.ask(query("SELECT sudo('why')"));
    for (const [at, [text, tag]] of asks.entries()) {
      await raw.ask(query('SET default_transaction_read_only = on'));
      assert.ok((await raw.ask([bindText('', `p${at}`), execute(''), SYNC])).includes(`C(${tag})`), text);
      assert.ok((await raw.ask(query("UPDATE items SET name = 'one'"))).includes('C(UPDATE 1)'), text);
      await raw.ask(query('SET default_transaction_read_only = on'));
      assert.ok((await raw.ask(query(text))).includes(`C(${tag})`), text);
      assert.ok((await raw.ask(query("UPDATE items SET name = 'one'"))).includes('C(UPDATE 1)'), text);
    }
    await raw.ask(query('SELECT unsudo()'));
    for (const [at, [text, tag]] of asks.entries()) {
      assert.ok((await raw.ask([bindText('', `p${at}`), execute(''), SYNC])).includes(`C(${tag})`), text);
      assert.deepEqual(await state(raw), ON, text);
    }
    raw.destroy();
  });

  test(`promise 3: on ${version} asking for READ WRITE inside more is refused, and poisons nothing`, async () => {
    const raw = await Raw.open(stage.through());
    for (const text of INSIDE) {
      const words = await raw.ask(query(text));
      assert.match(words[0] ?? '', /^E\((25006|42501)/, text);
      assert.equal(words.at(-1), 'Z(I)', text);
      assert.deepEqual(await state(raw), ON, text);
    }
    await raw.ask(query("SELECT sudo('why')"));
    assert.ok((await raw.ask(query("UPDATE items SET name = 'one'"))).includes('C(UPDATE 1)'));
    raw.destroy();
  });

  test(`promise 3: on ${version} nothing that asks for READ WRITE lets a read session write, in one batch either`, async () => {
    const { rows } = await (await stage.direct()).query('SELECT count(*)::int AS n FROM items');
    const raw = await Raw.open(stage.through());
    for (const [text] of ASKS) {
      const insert = "INSERT INTO items VALUES (7, 'x')";
      for (const before of [[], [run('BEGIN')], [run('BEGIN READ WRITE')]]) {
        await raw.ask([...before, run(text), run(insert), SYNC]);
        await raw.ask([...before, run(text), run("SELECT nextval('items')"), SYNC]);
        await raw.ask(query(`${text.replace(/;$/, '')}; ${insert}`));
        await raw.ask(query(insert));
        await raw.ask(query('COMMIT'));
        assert.deepEqual(await state(raw), ON, text);
      }
    }
    raw.destroy();
    assert.deepEqual((await (await stage.direct()).query('SELECT count(*)::int AS n FROM items')).rows, rows);
  });
}
