// The checker of crash runs sees each promise broken, and nothing where none is. `npm run test:crash` gives it real runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../helpers/entries.ts';
import { BREAKS } from './breaks.ts';
import { check, reachable } from './check.ts';
import type { Observed } from './observed.ts';

const REASON = 'crash 1-1-1.';
const at = (ms: number) => new Date(ms).toISOString();
const OF = { session: 'ses_1', principal: 'ana', target: 'shop', chain: 'c', seq: 1 };
const entry = (ms: number, fields: object) => ({ ...OF, at: at(ms), ...fields }) as unknown as Entry;

/** One elevation that wrote one row, and gave it back. Times count from 1970. */
function well(): Observed {
  const elevation = 'elv_1';
  const told = (ms: number, event: string, notice: string) => ({
    ...{ at: ms, id: notice, event, body: `${event} ${REASON}` },
    elevations: [{ elevation, notice }],
  });
  const messages = [told(1_100, 'elevation.started', 'ntc_1'), told(3_100, 'elevation.ended', 'ntc_2')];
  return {
    calls: [{ what: 'sudo', asked: 900, heard: 1_000, said: 'ok' }],
    elevations: [{ reason: REASON, granted: true, over: 3_000 }],
    claims: new Map([
      ['m1_1_', 'there'],
      ['m1_2_', 'not_there'],
    ]),
    rows: new Map([['m1_1_', REASON]]),
    glimpses: [{ when: 'at the end', rows: ['m1_1_'], recorded: new Set(['m1_1_', 'm1_2_']) }],
    entries: [
      entry(500, { kind: 'session_started' }),
      entry(1_000, {
        ...{ kind: 'elevation_started', elevation, reason: REASON, deadline: at(60_000) },
        ...{ writer_pid: 7, writer_started: 'then' },
      }),
      entry(2_000, {
        kind: 'statement_intent',
        mode: 'write',
        statement: 's',
        normalized: 'insert into marked as m1_1_',
      }),
      entry(2_001, { kind: 'statement_outcome', statement: 's', result: 'ok', transaction: 'committed' }),
      entry(3_000, { kind: 'elevation_ended', elevation, summary: { rows: { 'public.marked': 1 } } }),
      entry(3_500, { kind: 'session_ended' }),
    ],
    shown: [{ backend: '7 then', from: 950, last: 3_200 }],
    windows: [],
    webhooks: messages,
    mails: messages,
    broken: [],
    up: 4_000,
    epoch: 0,
    slow: 0,
  };
}

test('nothing is found where every promise is kept', () => {
  assert.deepEqual(check(well()), []);
});

/** What `--break` does in the target and in the record, as it would be seen. */
const DONE: Record<string, (seen: Observed) => Observed> = {
  unrecorded: (seen) => ({
    ...seen,
    glimpses: [{ when: 'at the end', rows: ['m1_0_'], recorded: new Set() }],
  }),
  'lost-row': (seen) => ({ ...seen, rows: new Map() }),
  rewritten: (seen) => ({ ...seen, broken: ['c 1: its text has another hash'] }),
};

for (const [name, { promise, seen }] of Object.entries(BREAKS)) {
  test(`a promise that is broken is found: ${name}`, () => {
    const broken = (seen ?? DONE[name])?.(well());
    assert.ok(broken);
    const found = check(broken);
    assert.ok(
      found.some((finding) => finding.startsWith(promise)),
      found.join('\n'),
    );
  });
}

test('a row is told as what it is: an outcome that denies it is found, and a client that was told the contrary', () => {
  const seen = well();
  const denied = seen.entries.map((each) =>
    each.kind === 'statement_outcome' ? ({ ...each, result: 'error', transaction: 'rolled_back' } as Entry) : each,
  );
  assert.match(check({ ...seen, entries: denied }).join(), /m1_1_ is in the target, its outcome an error/);
  assert.match(
    check({ ...seen, claims: new Map([['m1_1_', 'not_there']]) }).join(),
    /told that m1_1_ is not committed, and it is/,
  );
});

test('a writer counts from when its gateway could reach it again, and a silent ledger ends it after the lease', () => {
  const stopped = { what: 'stopped demo' as const, from: 2_500, to: 9_000 };
  assert.equal(reachable(3_000, [stopped]), 9_000);
  assert.equal(reachable(3_000, [{ ...stopped, from: 5_000 }]), 3_000);
  const seen = { ...well(), shown: [{ backend: '7 then', from: 950, last: 9_500 }] };
  assert.match(check(seen).join(), /stood 6500 ms after its end/);
  assert.deepEqual(check({ ...seen, windows: [stopped] }), []);
  const silent = { what: 'ledger' as const, from: 1_000, to: 20_000 };
  assert.match(check({ ...seen, windows: [silent] }).join(), /8500 ms after the ledger was lost/);
});
