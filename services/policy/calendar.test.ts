import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { makeCompiler } from './compiler/compiler.ts';
import { CALENDAR } from './calendar.ts';
import { ZONES } from './time-zones.ts';

const compiler = makeCompiler();
after(() => compiler.close());

const TIMES = [
  '1969-12-31T23:59:59Z',
  '2024-02-29T12:00:00Z',
  '2026-03-29T00:59:59Z',
  '2026-03-29T01:00:00Z',
  '2026-10-25T01:30:00Z',
  '2026-12-31T23:59:59Z',
  '2037-07-01T12:00:00Z',
  '2101-06-01T00:00:00Z',
].map((time) => Date.parse(time) * 1_000_000);
const NO_TIMES: unknown[] = [
  1.5,
  -0.5,
  9.3e18,
  -9.3e18,
  2 ** 63,
  -(2 ** 63),
  1e19,
  null,
  'x',
  [1],
  [1, 2],
  ['1', 'UTC'],
  {},
];
const NO_ZONES = [
  'europe/berlin',
  'utc',
  '+01:00',
  'Etc/Unknown',
  'ACT',
  '../UTC',
  'Nowhere/AtAll',
  'EUROPE/Berlin',
  ' UTC',
];

test("the calendar functions answer as OPA's own, in every zone that it knows and in none that it does not, and for no other times", async () => {
  const zones = [...ZONES, ...NO_ZONES, 'Local', 'Factory', ''];
  const cases: unknown[] = [...TIMES.flatMap((time) => zones.map((zone) => [time, zone])), ...TIMES, ...NO_TIMES];
  for (const name of ['time.clock', 'time.date', 'time.weekday']) {
    const { result, problems } = await compiler.run({
      op: 'eval',
      files: { 'x.rego': `package x\n\nanswers := {i: answer | some i, when in input; answer := ${name}(when)}\n` },
      query: 'data.x.answers',
      input: cases,
    });
    assert.equal(problems, undefined);
    const theirs = result as Record<string, unknown>;
    const differing = cases.filter((when, i) => !isDeepStrictEqual(CALENDAR[name]?.(when), theirs[i]));
    assert.deepEqual(differing, [], name);
  }
});

test('what is no time has no answer', () => {
  for (const when of [undefined, null, 'now', Number.NaN, 1e300, 1.5, [1, 2], ['1', 'UTC'], [1, 'Nowhere/AtAll'], {}]) {
    for (const call of Object.values(CALENDAR)) assert.equal(call(when), undefined);
  }
});
