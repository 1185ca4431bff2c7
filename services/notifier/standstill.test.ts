import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeStandstill } from './standstill.ts';

function stage() {
  const world = { now: 0, overdue: 0 as number | null, movedAt: 0, restarts: 0 };
  const standstill = makeStandstill({
    overdue: () => (world.overdue === null ? Promise.reject(new Error('away')) : Promise.resolve(world.overdue)),
    movedAt: () => world.movedAt,
    restart: () => {
      world.restarts++;
    },
    afterMs: 30_000,
    now: () => world.now,
  });
  const look = async (now: number, overdue: number | null) => {
    Object.assign(world, { now, overdue });
    await standstill.look();
    return { problem: standstill.problem, restarts: world.restarts };
  };
  return { world, look };
}

test('a notice that has been due for thirty seconds while nothing moves is said, and the runner begins anew', async () => {
  const { world, look } = stage();
  assert.deepEqual(await look(10_000, 5), { problem: null, restarts: 0 });
  assert.deepEqual(await look(40_000, 35), { problem: null, restarts: 0 });
  const stands = await look(70_000, 65);
  assert.match(stands.problem ?? '', /due for 65 s and nobody works on it/);
  assert.equal(stands.restarts, 1);
  assert.equal((await look(80_000, 75)).restarts, 1, 'it is given the time to begin');
  assert.equal((await look(101_000, 96)).restarts, 2);
  world.movedAt = 102_000;
  assert.deepEqual(await look(103_000, 98), { problem: null, restarts: 2 });
});

test('an outage is no standstill: it is counted from when the queue answers again', async () => {
  const { world, look } = stage();
  await look(10_000, 40);
  assert.deepEqual(await look(50_000, null), { problem: null, restarts: 0 });
  assert.deepEqual(await look(60_000, 90), { problem: null, restarts: 0 });
  world.movedAt = 61_000;
  assert.deepEqual(await look(95_000, 120), { problem: null, restarts: 0 });
});
