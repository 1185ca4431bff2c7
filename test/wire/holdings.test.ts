// Whatever a client can make its session hold has an end, and the session lives on behind it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOLDINGS, Held, type Kind, tooMany, weightOfPortal } from '../../services/gateway/session/holdings.ts';
import type { SessionState } from '../../services/gateway/session/state.ts';
import { bindText, execute, parse, query, Raw, SYNC } from './raw-client.ts';
import { makeStage, type Stage, openPolicy } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({ policy: openPolicy(), schema: 'CREATE TABLE items (id int)' });
});
after(() => stage?.remove());

/** Every kind, and how one more of it comes about. Without an entry for a new kind this does not compile. */
const ONE_MORE: Record<Kind, ((n: number) => Buffer) | null> = {
  statements: (n) => parse(`s${n}`, 'SELECT sudo($1)'),
  parsed: null,
  portals: (n) => bindText(`p${n}`, 'c', ['a reason']),
  tallies: null,
  runs: null,
  account: null,
};

for (const [kind, make] of Object.entries(ONE_MORE) as [Kind, ((n: number) => Buffer) | null][]) {
  test(`the limit of ${kind} counts what is held, and what would come`, () => {
    const { most, now } = HOLDINGS[kind];
    const held = (count: number, bytes: number) => {
      const maps = { count, bytes };
      return {
        prepared: maps,
        portals: maps,
        tallies: maps,
        backend: { parsed: maps },
        cycle: { size: count, account: { held: maps } },
      } as unknown as SessionState;
    };
    assert.deepEqual(now(held(3, 0)), { ...now(held(3, 0)), count: 3 });
    assert.equal(tooMany(held(most.count - 1, 0), kind), null);
    assert.equal(tooMany(held(most.count, 0), kind)?.code, 'limit_exceeded');
    assert.equal(tooMany(held(most.count - 5, 0), kind, 0, 6)?.code, 'limit_exceeded');
    if (Number.isFinite(most.bytes)) {
      assert.equal(tooMany(held(0, most.bytes - 10), kind, 10), null);
      assert.match(tooMany(held(0, most.bytes - 10), kind, 11)?.message ?? '', /MiB/);
    }
  });
  if (!make) continue;
  test(`a client that never sends Sync is held to the limit of ${kind}`, async () => {
    const raw = await Raw.open(stage.through());
    await raw.ask([parse('c', 'SELECT sudo($1)'), SYNC]);
    const { most } = HOLDINGS[kind];
    const messages = Array.from({ length: most.count + 10 }, (_, n) => make(n));
    const words = await raw.ask([...messages, SYNC]);
    assert.match(words.at(-2) ?? '', /^E\(54000/);
    assert.ok(words.length <= most.count + 2, `${words.length} answers`);
    assert.deepEqual(await raw.ask(query('SELECT 1')), await (await Raw.open(stage.through())).ask(query('SELECT 1')));
    raw.destroy();
  });
}

test('cursors are portals, however many a text declares', async () => {
  const client = await stage.connect();
  await client.query('BEGIN');
  const texts = Array.from({ length: HOLDINGS.portals.most.count / 500 }, (_, t) =>
    Array.from({ length: 500 }, (_, n) => `DECLARE c${t}_${n} CURSOR FOR SELECT 1`).join(';'),
  );
  for (const text of texts) await client.query(text);
  await assert.rejects(client.query('DECLARE one_more CURSOR FOR SELECT 1'), {
    code: '54000',
    routine: 'limit_exceeded',
  });
  await client.query('COMMIT');
  await client.query('BEGIN; DECLARE one_more CURSOR FOR SELECT 1; COMMIT');
});

test('of the values bound to sudo only what it could take is kept', () => {
  const portals = new Held(weightOfPortal);
  const portal = {
    text: 'SELECT sudo($1)',
    resolved: undefined,
    prepared: null,
    values: ['x'.repeat(100)],
    format: 0,
    held: false,
  } as const;
  portals.set('a', { ...portal, values: [...portal.values] });
  portals.set('a', { ...portal, values: [...portal.values] });
  assert.equal(portals.bytes, 115);
  portals.delete('a');
  portals.delete('a');
  assert.deepEqual([portals.count, portals.bytes], [0, 0]);
});

test('a long value bound to sudo is a reason that is too long, and costs no memory', async () => {
  const raw = await Raw.open(stage.through());
  const words = await raw.ask([
    parse('', 'SELECT sudo($1)'),
    bindText('', '', ['x'.repeat(40_000)]),
    execute(''),
    SYNC,
  ]);
  assert.match(words.find((word) => word.startsWith('E(')) ?? '', /^E\(22023/);
  raw.destroy();
});
