import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCounts } from './counts.ts';
import { type Exchange, makeExchange, type Packet } from './exchange.ts';
import { makeRates } from './rates.ts';
import { TurnsByName } from './turns-by-name.ts';

test('a place is taken within all bounds or none, and given back once', () => {
  const counts = makeCounts();
  const all = { of: 'all', most: 3 };
  const ana = { of: 'ana', most: 1 };
  const first = counts.take([all, ana]);
  assert.ok(first.ok);
  assert.deepEqual(counts.take([all, ana]), { ok: false, full: 'ana' });
  // What was refused took no place of the others.
  assert.ok(counts.take([all]).ok);
  assert.ok(counts.take([all]).ok);
  assert.deepEqual(counts.take([all]), { ok: false, full: 'all' });
  first.leave();
  first.leave();
  assert.ok(counts.take([all, ana]).ok);
  assert.deepEqual(counts.take([all]), { ok: false, full: 'all' });
});

test('a question has its answer, a fault, or none in time; never a yes that nobody gave', async () => {
  const here: Exchange = makeExchange(send(() => there));
  const there: Exchange = makeExchange(send(() => here));
  there.handle({
    asked: {
      double: (n: number) => 2 * n,
      fail: () => {
        throw new Error('it cannot be said');
      },
      never: () => new Promise(() => {}),
    },
    told: {},
  });
  assert.equal(await here.ask('double', 21), 42);
  await assert.rejects(here.ask('fail'), /it cannot be said/);
  await assert.rejects(here.ask('unknown'), /nobody answers unknown/);
  await assert.rejects(here.ask('never', null, 20), /no answer to never within 20 ms/);
  // What is on the channel and is none of ours.
  for (const packet of [null, 7, 'x', {}, { answer: 99 }]) here.receive(packet);
  const waiting = here.ask('never');
  here.over();
  await assert.rejects(waiting, /is gone/);
  await assert.rejects(here.ask('double', 1), /is gone/);
});

const send = (to: () => { receive(packet: unknown): void }) => (packet: Packet) => {
  setImmediate(() => to().receive(structuredClone(packet)));
  return true;
};

test('turns of one name come one after the other, those of others beside them, and who is gone waits no more', async () => {
  const turns = new TurnsByName<string>();
  const had: string[] = [];
  const take = (name: string, holder: string) => turns.take(name, holder).then(() => had.push(`${name} ${holder}`));
  const now = () => new Promise((resolve) => setImmediate(resolve));
  for (const [name, holder] of [
    ['a', 'one'],
    ['a', 'two'],
    ['a', 'one'],
    ['a', 'three'],
    ['b', 'two'],
  ] as const) {
    void take(name, holder);
  }
  await now();
  assert.deepEqual(had, ['a one', 'b two']);
  turns.over('a', 'one');
  await now();
  assert.deepEqual(had.slice(2), ['a two']);
  turns.gone('two');
  await now();
  assert.deepEqual(had.slice(3), ['a one']);
  turns.gone('one');
  await now();
  assert.deepEqual(had.slice(4), ['a three']);
});

test('what comes too often is counted by name within its time, and begins anew', () => {
  let now = 0;
  const rate = makeRates(() => now);
  assert.deepEqual(
    [rate('a', 1_000), rate('a', 1_000)],
    [
      { count: 1, leftMs: 1_000 },
      { count: 2, leftMs: 1_000 },
    ],
  );
  now = 400;
  assert.deepEqual(
    [rate('a', 1_000), rate('b', 1_000)],
    [
      { count: 3, leftMs: 600 },
      { count: 1, leftMs: 1_000 },
    ],
  );
  now = 1_000;
  assert.deepEqual(rate('a', 1_000), { count: 1, leftMs: 1_000 });
});
