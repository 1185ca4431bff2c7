import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promlint } from '../../../test/helpers/promlint.ts';
import { selfSigned } from '../../../test/helpers/self-signed.ts';
import { certificateEnd } from './expiry.ts';
import { makeMetrics } from './metrics.ts';

test('metrics keep to Prometheus’ conventions', async () => {
  const metrics = makeMetrics(['shop']);
  metrics.watchBy('sudoql_some_seconds', 'Some time', 'channel', () => ({ mail: 1 }));
  metrics.countBy('sudoql_some_total', 'Some count', 'channel', () => ({ mail: 3 }));
  const text = await metrics.registry.metrics();
  assert.deepEqual(promlint(text), []);
  assert.match(text, /^sudoql_some_total\{channel="mail"\} 3$/m);
  assert.match(
    await metrics.registry.metrics(),
    /^sudoql_some_total\{channel="mail"\} 3$/m,
    'asked again it is no more',
  );
  assert.deepEqual(
    promlint('# HELP a_ms x\n# TYPE a_ms gauge\n# TYPE b counter\n').length,
    3,
    'the check sees what is wrong',
  );
});

test('what can be counted is there before it first happens, and the process has its usual names', async () => {
  const text = await makeMetrics(['shop']).registry.metrics();
  for (const line of [
    'sudoql_statements_total{mode="write"} 0',
    'sudoql_statement_outcomes_total{result="unknown"} 0',
    'sudoql_statements_refused_total{mode="write",code="refused_by_floor"} 0',
    'sudoql_elevations_total{target="shop",event="revoked"} 0',
    'sudoql_elevations_ended_total{why="deadline",backend="unconfirmed"} 0',
    'sudoql_decision_seconds_count{entrypoint="elevation"} 0',
    'sudoql_decision_faults_total{entrypoint="statement"} 0',
    'sudoql_connections_refused_total{code="wrong_token"} 0',
  ])
    assert.ok(text.includes(`${line}\n`), line);
  assert.match(text, /^sudoql_build_info\{version="[^"]+",node="v\d+[^"]*"\} 1$/m);
  assert.match(text, /^process_resident_memory_bytes \d/m);
});

test('a certificate’s end is told; of what is none nothing is', () => {
  const end = certificateEnd(selfSigned().cert) ?? 0;
  assert.ok(end > Date.now() / 1_000 && end < Date.now() / 1_000 + 2 * 86_400);
  assert.equal(certificateEnd('-----BEGIN CERTIFICATE-----'), null);
  assert.equal(certificateEnd(null), null);
});
