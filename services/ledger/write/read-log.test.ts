import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../contract/clock.ts';
import { executionsOf, type ReadsEntry } from '../entry/executions.ts';
import type { Form } from '../entry/entry.ts';
import { makeReadLog } from './read-log.ts';

const FORM: Form = {
  fingerprint: 'f',
  normalized: 'SELECT $1',
  type: 'SelectStmt',
  effects: ['read'],
  relations: [],
  revision: 'rev',
  decided: null,
};
const of = { session: 's', principal: 'ana', target: 'shop' };

function log() {
  let now = 0;
  const clock: Clock = { now: () => new Date(1_000_000 + Math.floor(now)), monotonic: () => now };
  const reads = makeReadLog({ ...of, clock, gathers: () => {} });
  const at = (ms: number) => {
    now = ms;
  };
  return { reads, take: () => reads.take() as ReadsEntry, at };
}
const ok = (rows: number, durationMs: number) => ({ result: 'ok', sqlstate: null, rows, durationMs }) as const;

test('every execution is in the entry with its own time, duration, rows and result, its form once', () => {
  const { reads, take, at } = log();
  const other = { ...FORM, normalized: 'SELECT $2' };
  reads.end(reads.begin(FORM), ok(1, 0.25));
  at(1.5);
  reads.end(reads.begin(other), { result: 'error', sqlstate: '22012', rows: null, durationMs: 3 });
  at(2);
  reads.end(reads.begin(FORM), ok(7, 1));
  const entry = take();
  assert.deepEqual(entry.forms, [FORM, other]);
  assert.deepEqual(
    executionsOf(entry).map(({ form, ...rest }) => ({ ...rest, text: form.normalized })),
    [
      { number: 1, began: 1_000_000, result: 'ok', sqlstate: null, rows: 1, durationMs: 0.25, text: 'SELECT $1' },
      {
        number: 2,
        began: 1_000_001.5,
        result: 'error',
        sqlstate: '22012',
        rows: null,
        durationMs: 3,
        text: 'SELECT $2',
      },
      { number: 3, began: 1_000_002, result: 'ok', sqlstate: null, rows: 7, durationMs: 1, text: 'SELECT $1' },
    ],
  );
  assert.equal(reads.take(), null);
});

test('what still runs is in the record as begun, and its result in a later entry, by its number', () => {
  const { reads, take, at } = log();
  reads.end(reads.begin(FORM), ok(1, 1));
  const slow = reads.begin(FORM);
  const first = take();
  assert.deepEqual(
    executionsOf(first).map(({ result }) => result),
    ['ok', 'running'],
  );
  assert.equal(reads.take(), null);
  at(900);
  reads.end(slow, ok(3, 900));
  reads.end(reads.begin(FORM), ok(1, 1));
  const second = take();
  assert.deepEqual(second.ended, [{ number: 2, result: 'ok', sqlstate: null, rows: 3, duration_us: 900_000 }]);
  assert.deepEqual(
    executionsOf(second).map(({ number }) => number),
    [3],
  );
  assert.equal(reads.count, 3);
});

test('an end alone makes an entry of no executions', () => {
  const { reads, take } = log();
  const slow = reads.begin(FORM);
  take();
  reads.end(slow, ok(0, 5));
  const entry = take();
  assert.deepEqual([entry.since, entry.forms, executionsOf(entry), entry.ended.length], [null, [], [], 1]);
});

test('what began and ended at once is taken in parts of bounded size, each execution once and at its own time', () => {
  const { reads, take, at } = log();
  const begun = Array.from({ length: 5_000 }, (_, n) => {
    at(n * 0.3);
    return reads.begin({ ...FORM, normalized: n < 4_000 ? 'SELECT $1' : `SELECT ${'x'.repeat(20_000)}` });
  });
  const all = () => {
    const entries: ReadsEntry[] = [];
    for (let entry = take(); entry; entry = take()) entries.push(entry);
    return entries;
  };
  assert.equal(reads.fresh, true);
  const first = all();
  assert.equal(reads.fresh, false);
  const executions = first.flatMap(executionsOf);
  assert.deepEqual(
    executions.map(({ number }) => number),
    begun.map((_, n) => n + 1),
  );
  for (const [n, { began }] of executions.entries()) assert.ok(Math.abs(began - 1_000_000 - n * 0.3) < 0.002, `${n}`);
  for (const read of begun) reads.end(read, ok(1, 1));
  const second = all();
  assert.deepEqual(
    second.flatMap(({ ended }) => ended.map(({ number }) => number)),
    begun.map((_, n) => n + 1),
  );
  for (const entry of [...first, ...second]) assert.ok(JSON.stringify(entry).length < 500_000);
});
