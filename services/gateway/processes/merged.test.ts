import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMetrics } from '../health/metrics.ts';
import { lastingOf, mergedMetrics } from './merged-metrics.ts';
import { mergedReadiness } from './merged-readiness.ts';

const well = { ready: true, detail: null };
const seen = (slot: number, parts: Record<string, { ready: boolean; detail: string | null; revision?: string }>) => ({
  slot,
  state: { ready: Object.values(parts).every(({ ready }) => ready), parts },
  trouble: null,
});

test('a host is ready when all that serve are; one that does not serve is said, and takes nobody away', () => {
  const both = mergedReadiness([seen(1, { ledger: well }), seen(2, { ledger: well })]);
  assert.deepEqual(both, { ready: true, parts: { ledger: well, processes: well } });
  const one = mergedReadiness([seen(1, { ledger: well }), { slot: 2, state: null, trouble: 'it is being started' }]);
  assert.equal(one.ready, true);
  assert.deepEqual(one.parts.processes, {
    ready: true,
    detail: '1 of 2 processes serve; process 2: it is being started',
  });
  const none = mergedReadiness([{ slot: 1, state: null, trouble: 'it is being started' }]);
  assert.deepEqual([none.ready, none.parts.processes?.ready], [false, false]);
  // Whoever connects may come to it.
  const bad = mergedReadiness([seen(1, { ledger: well }), seen(2, { ledger: { ready: false, detail: 'it is away' } })]);
  assert.equal(bad.ready, false);
  assert.deepEqual(bad.parts.ledger, { ready: false, detail: 'process 2: it is away' });
  const alike = { ready: true, detail: 'slow' };
  assert.equal(mergedReadiness([seen(1, { ledger: alike }), seen(2, { ledger: alike })]).parts.ledger?.detail, 'slow');
  const policy = (revision: string) => ({ policy: { ...well, revision } });
  assert.equal(mergedReadiness([seen(1, policy('a')), seen(2, policy('a'))]).parts.policy?.revision, 'a');
  assert.equal(mergedReadiness([seen(1, policy('a')), seen(2, policy('b'))]).parts.policy?.revision, null);
});

test('figures of processes are added up, those of the whole ledger and of the worst are not, and what was counted stays', async () => {
  const process = (sessions: number, pending: number, ready: number) => {
    const metrics = makeMetrics(['shop']);
    metrics.watch('sudoql_sessions', 'Sessions', () => sessions);
    metrics.watch('sudoql_ledger_notices_pending', 'Pending', () => pending);
    metrics.watchBy('sudoql_target_ready', 'Ready', 'target', () => ({ shop: ready }), 'min');
    for (let n = 0; n < sessions; n++) metrics.connectionRefused('fault');
    return metrics.registry.getMetricsAsJSON();
  };
  const figure = (text: string, name: string) => new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  const [one, two] = [await process(3, 5, 1), await process(4, Number.NaN, 0)];
  const text = await mergedMetrics([one, two]);
  assert.equal(figure(text, 'sudoql_sessions'), '7');
  assert.equal(figure(text, 'sudoql_ledger_notices_pending'), '5', 'one that does not know yet says nothing');
  assert.equal(figure(text, 'sudoql_target_ready\\{target="shop"\\}'), '0');
  assert.equal(figure(text, 'sudoql_processes'), '2');
  assert.equal(figure(text, 'sudoql_connections_refused_total\\{code="fault"\\}'), '7');
  assert.match(text, /^process_start_time_seconds \d/m);
  const after = await mergedMetrics([two, await lastingOf([await lastingOf([]), one])]);
  assert.equal(figure(after, 'sudoql_connections_refused_total\\{code="fault"\\}'), '7');
  assert.equal(figure(after, 'sudoql_sessions'), '4');
  assert.match(after, /^sudoql_decision_seconds_bucket\{le="\+Inf",entrypoint="statement"\} 0$/m);
});
