import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awakeTimeout } from './awake-timeout.ts';

const heldUp = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const turn = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('what came while the process was held up is taken before the time is over, wherever in it that was', async () => {
  for (const after of [0, 100, 190]) {
    let over = false;
    const stop = awakeTimeout(200, () => {
      over = true;
    });
    await turn(after);
    if (over) continue;
    heldUp(600);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(over, false, `after ${after} ms`);
    stop();
  }
});

test('a process that is held up all the time waits for a bounded number of its turns', async () => {
  let over = false;
  awakeTimeout(20, () => {
    over = true;
  });
  for (let turns = 0; !over; turns++) {
    assert.ok(turns < 100);
    heldUp(10);
    await turn(0);
  }
});

test('what is stopped never happens', async () => {
  const stop = awakeTimeout(10, () => assert.fail('It was stopped.'));
  stop();
  await turn(40);
});
