import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Alarm } from './alarm.ts';

let now = 0;
mock.method(performance, 'now', () => now);
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

const inMs = (ms: number) => now + ms;
const pass = (ms: number) => {
  for (const end = now + ms; now < end; ) {
    now++;
    mock.timers.tick(1);
  }
};

test('an alarm rings once, and not before its time', () => {
  let rings = 0;
  const alarm = new Alarm(() => rings++);
  alarm.set(inMs(20));
  pass(19);
  assert.equal(rings, 0);
  pass(1);
  assert.equal(rings, 1);
  assert.equal(alarm.due, Number.POSITIVE_INFINITY);
  pass(100);
  assert.equal(rings, 1);
});

test('an alarm that is put off does not ring, and one that is set again rings at its new time, sooner or later', () => {
  const rings: string[] = [];
  const make = (name: string) => new Alarm(() => rings.push(name));
  const [off, ended, later, sooner] = ['off', 'ended', 'later', 'sooner'].map(make) as [Alarm, Alarm, Alarm, Alarm];
  for (const alarm of [off, ended, later]) alarm.set(inMs(5));
  off.putOff();
  ended.end();
  later.set(inMs(60));
  sooner.set(inMs(60_000));
  sooner.set(inMs(20));
  pass(59);
  assert.deepEqual(rings, ['sooner']);
  pass(1);
  assert.deepEqual(rings, ['sooner', 'later']);
});

test('an alarm that rings may be set again, and one that was ended may not', () => {
  let rings = 0;
  const alarm = new Alarm(() => {
    if (++rings < 3) alarm.set(inMs(1));
  });
  alarm.set(inMs(1));
  pass(80);
  assert.equal(rings, 3);
  alarm.end();
  alarm.set(inMs(1));
  pass(20);
  assert.equal(rings, 3);
});
