import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { makeDeadline } from './deadline.ts';

/** Timers and the monotonic clock move together, the wall clock as it likes. */
function stage(context: TestContext, ms: number) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let monotonic = 1_000;
  let wall = Date.UTC(2026, 10, 24, 12);
  const heard: string[] = [];
  const deadline = makeDeadline(
    { now: () => new Date(wall), monotonic: () => monotonic },
    ms,
    (left) => heard.push(`warn ${left}`),
    () => heard.push('due'),
  );
  const pass = (by: number) => {
    for (let step = 0; step < by; step += 500) {
      monotonic += 500;
      wall += 500;
      context.mock.timers.tick(500);
    }
  };
  const setWall = (by: number) => {
    wall += by;
  };
  return { deadline, heard, pass, setWall };
}

test('warnings come two minutes and thirty seconds before the end, once each', (context) => {
  const { deadline, heard, pass } = stage(context, 600_000);
  pass(479_500);
  assert.deepEqual(heard, []);
  pass(500);
  assert.deepEqual(heard, ['warn 120']);
  pass(90_000);
  assert.deepEqual(heard, ['warn 120', 'warn 30']);
  assert.equal(deadline.left(), 30_000);
  pass(30_000);
  assert.deepEqual(heard, ['warn 120', 'warn 30', 'due']);
  assert.equal(deadline.left(), 0);
});

test('a short elevation is not warned of what it never had', (context) => {
  const { heard, pass } = stage(context, 20_000);
  pass(20_000);
  assert.deepEqual(heard, ['due']);
});

test('promise 5: a wall clock that is set back or forward moves no deadline', (context) => {
  const { heard, pass, setWall } = stage(context, 60_000);
  setWall(-86_400_000);
  pass(30_000);
  setWall(2 * 86_400_000);
  pass(29_500);
  assert.deepEqual(heard, ['warn 30']);
  pass(500);
  assert.deepEqual(heard, ['warn 30', 'due']);
});

test('a deadline that was moved warns anew, and the old one never rings', (context) => {
  const { deadline, heard, pass } = stage(context, 150_000);
  pass(140_000);
  deadline.move(300_000);
  pass(20_000);
  assert.deepEqual(heard, ['warn 120', 'warn 30']);
  pass(280_000);
  assert.deepEqual(heard, ['warn 120', 'warn 30', 'warn 120', 'warn 30', 'due']);
});

test('a stopped deadline is silent', (context) => {
  const { deadline, heard, pass } = stage(context, 60_000);
  deadline.stop();
  pass(120_000);
  assert.deepEqual(heard, []);
});
