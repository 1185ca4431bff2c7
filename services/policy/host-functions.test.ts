import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeCompiler } from './compiler/compiler.ts';
import { HOST_FUNCTIONS } from './host-functions.ts';

const compiler = makeCompiler();
after(() => compiler.close());

test("the calendar functions answer as OPA's own, in any zone, around changes of summer time and the epoch", async () => {
  const times = [
    '1969-12-31T23:59:59Z',
    '2024-02-29T12:00:00Z',
    '2026-03-29T00:59:59Z',
    '2026-03-29T01:00:00Z',
    '2026-10-25T01:30:00Z',
    '2026-12-31T23:59:59Z',
  ];
  const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Kiritimati'];
  const cases = times.flatMap((time) => zones.map((zone) => [Date.parse(time) * 1_000_000, zone] as const));
  for (const name of ['time.clock', 'time.date', 'time.weekday']) {
    const { result, problems } = await compiler.run({
      op: 'eval',
      files: { 'x.rego': `package x\n\nanswers := {i: answer | some i, when in input; answer := ${name}(when)}\n` },
      query: 'data.x.answers',
      input: cases,
    });
    const found = result ?? problems;
    const ours = Object.fromEntries(
      cases.map((when, i) => [String(i), HOST_FUNCTIONS[name]?.(when)]).filter(([, answer]) => answer !== undefined),
    );
    assert.deepEqual(ours, found, name);
  }
});

test('what is no time has no answer', () => {
  for (const when of [undefined, null, 'now', Number.NaN, 1e300, [1], [1, 2], ['1', 'UTC'], [1, 'Nowhere/AtAll'], {}]) {
    for (const call of Object.values(HOST_FUNCTIONS)) assert.equal(call(when), undefined);
  }
});
