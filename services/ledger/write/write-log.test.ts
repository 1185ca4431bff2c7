import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../contract/clock.ts';
import type { Form } from '../entry/entry.ts';
import { hasShapeOfKind } from '../entry/entry-shape.ts';
import { executionsOf, type WritesEntry } from '../entry/executions.ts';
import { makeWriteLog, writesLost } from './write-log.ts';

const FORM: Form = {
  fingerprint: 'f',
  normalized: 'UPDATE t SET n = $1',
  type: 'UpdateStmt',
  effects: ['write'],
  relations: ['public.t'],
  revision: 'rev',
  decided: null,
};
const COMMIT: Form = { ...FORM, normalized: 'commit', type: 'TransactionStmt', effects: ['transaction'] };
const of = { session: 's', principal: 'ana', target: 'shop' };

function log() {
  let now = 0;
  const clock: Clock = { now: () => new Date(1_000_000 + Math.floor(now)), monotonic: () => now };
  const writes = makeWriteLog({ ...of, clock });
  const taken = () => {
    const all: WritesEntry[] = [];
    for (let each = writes.take(); each; each = writes.take()) all.push(each.draft as WritesEntry);
    for (const entry of all) assert.ok(hasShapeOfKind({ ...entry }), JSON.stringify(entry));
    return all;
  };
  const begin = (form = FORM, elevation = 'e', commits: string | null = null) =>
    writes.begin({ form, elevation, commits });
  const at = (ms: number) => {
    now = ms;
  };
  return { writes, taken, begin, at };
}
const ok = (rows: number | null, durationMs: number) => ({ result: 'ok', sqlstate: null, rows, durationMs }) as const;

test('a transaction is one entry when its COMMIT is about to be sent, and what came of that is in the next one', () => {
  const { writes, taken, begin, at } = log();
  writes.end(begin(), { ...ok(1, 0.25), transaction: 'open' });
  at(1.5);
  const failed = { result: 'error', sqlstate: '23505', rows: null, durationMs: 3, transaction: 'open' } as const;
  writes.end(begin(), failed);
  at(2);
  const commit = begin(COMMIT, 'e', '771');
  const [entry, ...more] = taken();
  assert.ok(entry);
  assert.equal(more.length, 0);
  assert.deepEqual(entry.forms, [FORM, COMMIT]);
  assert.deepEqual(
    executionsOf(entry).map(({ form, ...rest }) => ({ ...rest, text: form.normalized })),
    [
      {
        ...{ number: 1, began: 1_000_000, result: 'ok', sqlstate: null, rows: 1, durationMs: 0.25 },
        ...{ transaction: 'open', text: FORM.normalized },
      },
      {
        ...{ number: 2, began: 1_000_001.5, result: 'error', sqlstate: '23505', rows: null, durationMs: 3 },
        ...{ transaction: 'open', text: FORM.normalized },
      },
      {
        ...{ number: 3, began: 1_000_002, result: 'running', sqlstate: null, rows: null, durationMs: null },
        ...{ commits: '771', text: 'commit' },
      },
    ],
  );
  const written = { rows: { 'public.t': 1 } };
  writes.end(commit, { ...ok(null, 1), transaction: 'committed', written });
  const [after] = taken();
  assert.deepEqual(after?.ended, [
    {
      ...{ number: 3, result: 'ok', sqlstate: null, rows: null, duration_us: 1_000 },
      ...{ transaction: 'committed', written },
    },
  ]);
  assert.deepEqual(taken(), []);
});

test('what is recorded whole says how its transaction ended and what was committed', () => {
  const { writes, taken, begin } = log();
  const written = { rows: {}, changed: ['public.t'] };
  writes.end(begin(), { ...ok(null, 1), transaction: 'committed', written });
  const [entry] = taken();
  const [execution] = executionsOf(entry as WritesEntry);
  assert.deepEqual([execution?.transaction, execution?.written, entry?.ended], ['committed', written, []]);
});

test('an entry is of one elevation, also where one ends in the next', () => {
  const { writes, taken, begin } = log();
  const late = begin(FORM, 'one');
  taken();
  writes.end(begin(FORM, 'one'), ok(1, 1));
  begin(FORM, 'two');
  writes.end(late, ok(1, 1));
  begin(FORM, 'three');
  assert.deepEqual(
    taken().map(({ elevation, first, runs, ended }) => [elevation, first, runs.form.length, ended.length]),
    [
      ['one', 2, 1, 1],
      ['two', 3, 1, 0],
      ['three', 4, 1, 0],
    ],
  );
});

test('of an entry that will never be in the record nothing is told later, and what it told of others is told again', () => {
  const { writes, taken, begin } = log();
  const before = begin();
  taken();
  writes.end(before, ok(1, 1));
  const gone = begin();
  const lost = writes.take();
  assert.ok(lost);
  writes.lost(lost);
  writes.end(gone, ok(1, 1));
  begin();
  assert.deepEqual(
    taken().map(({ first, ended }) => [first, ended.map(({ number }) => number)]),
    [[3, [1]]],
  );
});

for (const [order, pick] of [
  ['in order', [0, 1]],
  ['the later first', [1, 0]],
] as const) {
  test(`of entries that are both lost no result is told of what began in the other: ${order}`, () => {
    const { writes, taken, begin } = log();
    const gone = begin();
    const first = writes.take();
    writes.end(gone, ok(1, 1));
    begin();
    const second = writes.take();
    for (const n of pick) writes.lost([first, second][n] ?? assert.fail());
    assert.deepEqual(taken(), []);
  });
}

test('much at once is taken in parts of bounded size, each execution once', () => {
  const { writes, taken, begin } = log();
  const begun = Array.from({ length: 5_000 }, () => begin());
  const first = taken();
  assert.deepEqual(
    first.flatMap(executionsOf).map(({ number }) => number),
    begun.map((_, n) => n + 1),
  );
  for (const write of begun) writes.end(write, { ...ok(1, 1), transaction: 'rolled_back' });
  const second = taken();
  assert.deepEqual(
    second.flatMap(({ ended }) => ended.map(({ number }) => number)),
    begun.map((_, n) => n + 1),
  );
  for (const entry of [...first, ...second]) assert.ok(JSON.stringify(entry).length < 500_000);
});

test('what a lost process left is ended as unknown, by its numbers', () => {
  const entry = writesLost({ ...of, elevation: 'e' }, [3, 5]);
  assert.ok(hasShapeOfKind({ ...entry }));
  assert.deepEqual(entry.kind === 'writes' && entry.ended.map(({ number, result }) => `${number} ${result}`), [
    '3 unknown',
    '5 unknown',
  ]);
});
