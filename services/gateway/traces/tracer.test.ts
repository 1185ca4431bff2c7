import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ofElevation } from './elevation-spans.ts';
import { makeTracer, newSpanId } from './tracer.ts';

const nobody = { add: () => {} };

test('ids are never the same, and none is all zeros', () => {
  const all = makeTracer(nobody, 1);
  const traces = Array.from({ length: 3_000 }, () => all.begin() ?? 'not sent');
  const spans = Array.from({ length: 3_000 }, newSpanId);
  assert.equal(new Set([...traces, ...spans]).size, 6_000);
  assert.ok(traces.every((trace) => /^[0-9a-f]{32}$/.test(trace) && !/^0+$/.test(trace)));
  assert.ok(spans.every((span) => /^[0-9a-f]{16}$/.test(span) && !/^0+$/.test(span)));
});

test('a part of all traces is sent, the same of each id by every replica; an elevation’s id is its trace’s', () => {
  const [none, some] = [makeTracer(nobody, 0), makeTracer(nobody, 0.25)];
  assert.equal(none.begin(), null);
  const sent = Array.from({ length: 4_000 }, () => some.begin()).filter((trace) => trace !== null);
  assert.ok(sent.length > 800 && sent.length < 1_200, `${sent.length} of 4000`);
  assert.ok(sent.every(makeTracer(nobody, 0.25).keeps));
  const { trace, id } = ofElevation('elv_3fffffff-9d0b-4c1e-8f3a-0123456789ab');
  assert.deepEqual({ trace, id }, { trace: '3fffffff9d0b4c1e8f3a0123456789ab', id: '8f3a0123456789ab' });
  assert.deepEqual([some.keeps(trace), some.keeps(`4${trace.slice(1)}`)], [true, false]);
});
