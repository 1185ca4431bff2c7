import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

/** Turns that the test itself lets come. */
function byHand() {
  const due: (() => void)[] = [];
  const turns = new Turns(
    (act) => due.push(act),
    () => 0,
  );
  return {
    turns,
    /** Resolves when those whose turn it was have been told. */
    async next(): Promise<boolean> {
      const acts = due.splice(0);
      for (const act of acts) act();
      await Promise.resolve();
      return acts.length > 0;
    },
  };
}

/** How many messages of `principal` were let through, as a session asks: one after the other. */
let sessions = 0;
function session(turns: Turns, principal: string, cost = 1, most = 10_000) {
  const name = `s${++sessions}`;
  const had = { count: 0 };
  const run = async () => {
    while (had.count < most) {
      const later = turns.take(principal, name, cost);
      if (later !== null) await later;
      had.count++;
    }
  };
  void run();
  return had;
}

test("one principal's sessions together have one share of a turn, each of them some of it", async () => {
  const { turns, next } = byHand();
  const flood = Array.from({ length: 12 }, () => session(turns, 'agent'));
  const all = () => flood.reduce((sum, { count }) => sum + count, 0);
  const first = all();
  assert.ok(first <= 4, `${first}`);
  for (let n = 1; n <= 60; n++) {
    await next();
    assert.ok(all() <= 4 * (n + 1), `${all()} after ${n}`);
  }
  const counts = flood.map(({ count }) => count);
  assert.ok(Math.min(...counts) >= 15, counts.join());
  assert.ok(all() >= 4 * 55, `${all()}`);
});

test('who has had nothing in this turn waits for nobody', () => {
  const { turns } = byHand();
  for (let n = 0; n < 12; n++) session(turns, 'agent', 15);
  assert.equal(turns.take('ben', 'b', 1), null);
  assert.equal(turns.take('sec', 's', 16), null);
});

test('a message that is dearer than the share has a turn of its own', async () => {
  const { turns, next } = byHand();
  const long = session(turns, 'agent', 250);
  assert.equal(long.count, 1);
  for (let n = 2; n < 10; n++) {
    await next();
    assert.equal(long.count, n);
  }
});

test('when nobody takes anything any more, no turn is waited for', async () => {
  const { turns, next } = byHand();
  session(turns, 'agent', 1, 20);
  let count = 0;
  while (await next()) count++;
  assert.ok(count < 10, `${count}`);
});

test('beside others the share is the least, a statement in a turn', async () => {
  const { turns, next } = byHand();
  const flood = session(turns, 'agent');
  await next();
  assert.equal(turns.take('ben', 'b', 1), null);
  await next();
  const before = flood.count;
  for (let n = 0; n < 20; n++) await next();
  assert.equal(flood.count - before, 20);
});

test('a batch that was begun is taken whole, and what stands behind it waits', () => {
  const { turns } = byHand();
  for (let n = 0; n < 3; n++) assert.equal(turns.take('agent', `s${n}`, 1.2), null);
  assert.equal(turns.take('agent', 's3', 0.2), null);
  for (const cost of [0.2, 1, 0.2]) assert.equal(turns.take('agent', 's3', cost, true), null);
  assert.notEqual(turns.take('agent', 's3', 0.2), null);
  assert.notEqual(turns.take('agent', 's4', 0.2), null);
});

test('a long batch waits in the middle as well', () => {
  const { turns } = byHand();
  let taken = 0;
  while (taken < 100 && turns.take('agent', 's', 1, taken > 0) === null) taken++;
  assert.ok(taken <= 5, `${taken}`);
});

test('others are about for a while after what they took', () => {
  let now = 0;
  const turns = new Turns(
    () => {},
    () => now,
  );
  void turns.take('ana', 'a', 1);
  assert.deepEqual([turns.beside('ana'), turns.beside('ben')], [false, true]);
  now = 1_500;
  assert.deepEqual([turns.beside('ana'), turns.beside('ben')], [false, true]);
  now = 5_000;
  assert.equal(turns.beside('ben'), false);
});
