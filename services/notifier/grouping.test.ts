import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, givesUp, PATIENCE } from './backoff.ts';
import { groupingOf, momentToSend, waitAlone } from './grouping.ts';
import { ended, started } from './testing.ts';

const at = (ms: number): Date => new Date(1_800_000_000_000 + ms);

test('a notice without company waits 60 ms in band and a second at connect, and then opens a window', () => {
  assert.equal(waitAlone(started()), 60);
  assert.equal(waitAlone(started({ by: 'connect' })), 1_000);
  assert.deepEqual(momentToSend(at(20), [at(0)], 60, null), { do: 'wait', ms: 40 });
  assert.deepEqual(momentToSend(at(60), [at(0)], 60, null), { do: 'send', opens: at(0) });
});

test('with company it waits for a quiet second, at most ten seconds in all', () => {
  assert.deepEqual(momentToSend(at(60), [at(0), at(50)], 60, null), { do: 'wait', ms: 990 });
  assert.deepEqual(momentToSend(at(1_050), [at(0), at(50)], 60, null), { do: 'send', opens: at(0) });
  const streaming = Array.from({ length: 20 }, (_, i) => at(i * 500));
  assert.deepEqual(momentToSend(at(9_600), streaming, 60, null), { do: 'wait', ms: 400 });
  assert.deepEqual(momentToSend(at(10_000), streaming, 60, null), { do: 'send', opens: at(0) });
});

test('who comes within the ten seconds of a window is named at its end, and that message opens no window', () => {
  assert.deepEqual(momentToSend(at(4_000), [at(3_000)], 60, at(0)), { do: 'wait', ms: 6_000 });
  assert.deepEqual(momentToSend(at(10_000), [at(3_000), at(9_000)], 60, at(0)), { do: 'send', opens: null });
  assert.deepEqual(momentToSend(at(10_500), [at(10_400)], 60, at(0)), { do: 'send', opens: at(10_400) });
});

test('only the same person, target, reason and kind of event share a message', () => {
  const one = started({ reason: 'same' });
  assert.equal(groupingOf(one), groupingOf(started({ reason: 'same', session: 'other', application_name: 'other' })));
  for (const other of [
    started({ reason: 'other' }),
    started({ reason: 'same', principal: 'sec' }),
    started({ reason: 'same', target: 'stock' }),
    ended(one),
  ]) {
    assert.notEqual(groupingOf(one), groupingOf(other));
  }
  // Fields that were merely joined could be made to look like others.
  assert.notEqual(
    groupingOf(started({ principal: 'a', target: 'b', reason: 'c' })),
    groupingOf(started({ principal: 'a","b', target: '', reason: 'c' })),
  );
});

test('attempts begin close together and end five minutes apart, and a receiver may ask for no more than that', () => {
  const middle = () => 0.5;
  assert.deepEqual(
    [1, 2, 3, 9, 10, 300].map((attempt) => backoff(attempt, null, middle)),
    [1_000, 2_000, 4_000, 256_000, 300_000, 300_000],
  );
  assert.equal(
    backoff(1, 30_000, () => 0),
    30_000,
    'never sooner than was asked for',
  );
  assert.equal(backoff(1, 6_000, () => 0.99) >= 6_000, true);
  assert.equal(
    backoff(1, 86_400_000, () => 0),
    300_000,
  );
  assert.equal(backoff(1, -5, middle), 1_000);
  assert.ok(backoff(1, null, () => 0) < backoff(1, null, () => 0.99));
});

test('a day of outage is survived, and no message is given up before its third attempt', () => {
  const day = 24 * 3_600_000;
  assert.equal(givesUp(300, at(0), at(day), PATIENCE), false);
  assert.equal(givesUp(400, at(0), at(2 * day), PATIENCE), true);
  assert.equal(givesUp(2, at(0), at(2 * day), PATIENCE), false);
});
