// COPY FROM STDIN however a client cuts its bytes, and whatever stands behind: the answers are those of a direct connection.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { close, copyData, COPY_DONE, copyFail, FLUSH } from '../../services/gateway/wire/frames.ts';
import { bindText, describe, execute, message, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { sampled } from '../helpers/sample.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      CREATE TABLE deferred (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO deferred VALUES (1)`,
  });
});
after(() => stage?.remove());

const copy = (text = 'COPY items FROM STDIN') => [parse('', text), bindText('', ''), execute('')];
const data = copyData(Buffer.from('1\ta\n2\tb\n'));
const wrong = copyData(Buffer.from('nonsense\n'));
const clean = [query('DELETE FROM items')];

/** Messages, and how many ReadyForQuery come of them; 0: the connection ends. */
const SCRIPTS: Record<string, [Buffer[], number]> = {
  'its data behind Execute, and no Sync before it': [[...copy(), data, COPY_DONE, SYNC, ...clean], 2],
  'with a Describe': [
    [
      parse('', 'COPY items FROM STDIN'),
      bindText('', ''),
      describe('P', ''),
      execute(''),
      data,
      COPY_DONE,
      SYNC,
      ...clean,
    ],
    2,
  ],
  'a Sync on both sides': [[...copy(), SYNC, data, COPY_DONE, SYNC, ...clean], 2],
  'a Flush behind Execute, within the data and behind it': [
    [...copy(), FLUSH, data, FLUSH, copyData(Buffer.from('3\tc\n')), COPY_DONE, FLUSH, SYNC, ...clean],
    2,
  ],
  'Syncs within the data': [
    [...copy(), data, SYNC, SYNC, copyData(Buffer.from('3\tc\n')), COPY_DONE, SYNC, ...clean],
    2,
  ],
  'no data at all': [[...copy(), COPY_DONE, SYNC, ...clean], 2],
  'an empty CopyData': [[...copy(), copyData(Buffer.alloc(0)), data, COPY_DONE, SYNC, ...clean], 2],
  CopyFail: [[...copy(), data, copyFail('no more'), SYNC, query('SELECT count(*) FROM items')], 2],
  'CopyFail at once': [[...copy(), copyFail('no more'), SYNC, query('SELECT count(*) FROM items')], 2],
  'data that is wrong': [[...copy(), wrong, COPY_DONE, SYNC, query('SELECT 1')], 2],
  'data that is wrong, and more of it': [[...copy(), wrong, data, data, COPY_DONE, SYNC, query('SELECT 1')], 2],
  'a statement behind it in the same batch': [
    [...copy(), data, COPY_DONE, run('SELECT count(*) FROM items'), SYNC, ...clean],
    2,
  ],
  'statements before it in the same batch': [
    [run('SELECT 1'), parse('s', 'SELECT 2'), ...copy(), data, COPY_DONE, close('S', 's'), SYNC, ...clean],
    2,
  ],
  'two of them in one batch': [
    [...copy(), data, COPY_DONE, ...copy(), copyData(Buffer.from('3\tc\n')), COPY_DONE, SYNC, ...clean],
    2,
  ],
  'two of them, the first wrong': [
    [...copy(), wrong, COPY_DONE, ...copy(), copyData(Buffer.from('3\tc\n')), COPY_DONE, SYNC, ...clean],
    2,
  ],
  'a batch behind its Sync': [[...copy(), data, COPY_DONE, SYNC, run('SELECT count(*) FROM items'), SYNC, ...clean], 3],
  'in a transaction': [
    [run('BEGIN'), ...copy(), data, COPY_DONE, SYNC, query('SELECT count(*) FROM items'), run('ROLLBACK'), SYNC],
    3,
  ],
  'failed in a transaction': [[run('BEGIN'), ...copy(), copyFail('x'), SYNC, query('SELECT 1'), query('ROLLBACK')], 3],
  'a table that is not there': [[...copy('COPY missing FROM STDIN'), data, COPY_DONE, SYNC, query('SELECT 1')], 2],
  'an error that only Execute meets': [
    [...copy("COPY items FROM STDIN (FORMAT csv, DELIMITER 'xx')"), data, COPY_DONE, SYNC, query('SELECT 1')],
    2,
  ],
  'a deferred constraint at its Sync': [
    [...copy('COPY deferred FROM STDIN'), copyData(Buffer.from('1\n')), COPY_DONE, SYNC, query('SELECT 1')],
    2,
  ],
  'a skipped one: its data is dropped': [[run('SELECT 1/0'), ...copy(), data, COPY_DONE, SYNC, query('SELECT 1')], 2],
  'data that nothing asked for': [[data, COPY_DONE, copyFail('x'), run('SELECT 1'), data, SYNC, query('SELECT 1')], 2],
  'a Parse instead of data': [[...copy(), parse('', 'SELECT 1'), SYNC], 0],
  'a Query instead of data': [[...copy(), data, query('SELECT 1')], 0],
  'a long Bind instead of data': [[...copy(), message('B', '', '', Buffer.alloc(100_000))], 0],
  'by Query: its data in one packet': [[query('COPY items FROM STDIN'), data, COPY_DONE, ...clean], 2],
  'by Query, with a Sync and a Flush that count for nothing': [
    [query('COPY items FROM STDIN'), FLUSH, SYNC, data, SYNC, COPY_DONE, ...clean],
    2,
  ],
  'by Query, wrong, and the next Query behind it': [
    [query('COPY items FROM STDIN'), wrong, COPY_DONE, query('SELECT 1')],
    2,
  ],
  'by Query, with a statement on both sides': [
    [query('SELECT 1; COPY items FROM STDIN; SELECT 2'), data, COPY_DONE, ...clean],
    2,
  ],
  'by Query, two of them': [
    [
      query('COPY items FROM STDIN; COPY items FROM STDIN'),
      data,
      COPY_DONE,
      copyData(Buffer.from('3\tc\n')),
      COPY_DONE,
      ...clean,
    ],
    2,
  ],
  'by Query, a Parse instead of data': [[query('COPY items FROM STDIN'), data, parse('', 'SELECT 1')], 0],
};

/** How bytes travel. */
const CUTS: Record<string, (messages: Buffer[]) => Buffer[]> = {
  'in one packet': (messages) => [Buffer.concat(messages)],
  'a message a packet': (messages) => messages,
  'cut in the middle of each message': (messages) => {
    const all = Buffer.concat(messages);
    const cuts = [0];
    for (const { length } of messages) cuts.push((cuts.at(-1) ?? 0) + length);
    const middles = cuts.slice(1).map((end, n) => Math.floor((end + (cuts[n] ?? 0)) / 2));
    return [0, ...middles].map((from, n) => all.subarray(from, middles[n] ?? all.length));
  },
};

async function heard(raw: Raw, pieces: Buffer[], ready: number): Promise<string[]> {
  const sent = (async () => {
    for (const piece of pieces) {
      raw.send(piece);
      // A turn of the loop each, so that they leave one by one.
      await setImmediate();
    }
  })();
  const words: string[] = [];
  try {
    if (ready > 0) words.push(...(await raw.heard(ready)));
    else for (;;) words.push(await raw.next());
  } catch (error) {
    assert.match(String(error), /The server closed/);
    words.push('closed');
  }
  await sent;
  raw.destroy();
  return words;
}

for (const [name, [messages, ready]] of sampled(Object.entries(SCRIPTS), 4)) {
  test(`promise 11: COPY FROM STDIN, the answers are PostgreSQL's own: ${name}`, async () => {
    for (const [how, cut] of Object.entries(CUTS)) {
      const direct = await heard(await Raw.open(stage.past('writer')), cut(messages), ready);
      const through = await Raw.open(stage.through());
      await through.ask(query("SELECT sudo('copy')"));
      assert.deepEqual(await heard(through, cut(messages), ready), direct, how);
    }
    await stage.rows('DELETE FROM items');
  });
}

test('promise 11: COPY FROM STDIN in read: refused, its data is dropped, the session goes on', async () => {
  for (const messages of [
    [...copy(), data, COPY_DONE, SYNC],
    [query('COPY items FROM STDIN'), data, COPY_DONE],
  ]) {
    const raw = await Raw.open(stage.through());
    const words = await raw.ask(messages);
    assert.equal(sqlstate(words), '25006');
    assert.equal(words.at(-1), 'Z(I)');
    assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
    raw.destroy();
  }
});

test('promise 11: a client that leaves before its COPY was asked for its data leaves nothing behind', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('copy')"));
  raw.send(...copy(), data);
  raw.destroy();
  await once(raw.client.stream, 'close');
  await stage.gone('its writer', 10_000);
  assert.deepEqual(await stage.rows('SELECT 1 FROM items'), []);
});
