import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Alarm } from './alarm.ts';

// An alarm keeps no process alive, and so none of the tests'.
const alive = setInterval(() => {}, 1_000);
after(() => clearInterval(alive));

const inMs = (ms: number) => performance.now() + ms;
/** Resolves when an alarm of its own has rung. */
const rung = (ms: number) => new Promise<void>((resolve) => new Alarm(resolve).set(inMs(ms)));

test('an alarm rings once, and not before its time', async () => {
  const rings: number[] = [];
  const due = inMs(20);
  const alarm = new Alarm(() => rings.push(performance.now()));
  alarm.set(due);
  await rung(60);
  assert.equal(rings.length, 1);
  assert.ok((rings[0] ?? 0) >= due);
  assert.equal(alarm.due, Number.POSITIVE_INFINITY);
});

test('an alarm that is put off does not ring, and one that is set again rings at its new time, sooner or later', async () => {
  const rings: string[] = [];
  const make = (name: string) => new Alarm(() => rings.push(name));
  const [off, ended, later, sooner] = ['off', 'ended', 'later', 'sooner'].map(make) as [Alarm, Alarm, Alarm, Alarm];
  for (const alarm of [off, ended, later]) alarm.set(inMs(5));
  off.putOff();
  ended.end();
  later.set(inMs(60));
  sooner.set(inMs(60_000));
  sooner.set(inMs(20));
  await rung(40);
  assert.deepEqual(rings, ['sooner']);
  await rung(60);
  assert.deepEqual(rings, ['sooner', 'later']);
});

test('an alarm that rings may be set again, and one that was ended may not', async () => {
  let rings = 0;
  const alarm = new Alarm(() => {
    if (++rings < 3) alarm.set(inMs(1));
  });
  alarm.set(inMs(1));
  await rung(80);
  assert.equal(rings, 3);
  alarm.end();
  alarm.set(inMs(1));
  await rung(20);
  assert.equal(rings, 3);
});
