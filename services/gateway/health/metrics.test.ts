import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selfSigned } from '../../../test/helpers/self-signed.ts';
import { certificateEnd } from './expiry.ts';
import { makeMetrics } from './metrics.ts';

/** What `promtool check metrics` holds names and texts to (prometheus/client_golang, testutil/promlint). */
function lint(text: string): string[] {
  const wrong: string[] = [];
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const no = (why: string) => wrong.push(`${name} (${type}): ${why}`);
    const help = new RegExp(`^# HELP ${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
    if (help.trim() === '') no('no help');
    if (type === 'counter' && !name.endsWith('_total')) no('a counter ends in _total');
    if (type !== 'counter' && name.endsWith('_total')) no('only a counter ends in _total');
    if (/_(milli|micro|nano)?(seconds|s|ms|us|ns)(_|$)/.test(name) && !/_seconds(_total)?$/.test(name))
      no('times are seconds');
    if (/_(kilo|mega|giga|ki|mi)?bytes/.test(name) && !/(?<![a-z])bytes/.test(name)) no('sizes are bytes');
    if (/(^|_)(gauge|counter|histogram|summary)(_|$)/.test(name)) no('its type is in its name');
    if (/_(count|sum|bucket)$/.test(name)) no('it ends as a part of a histogram');
    if (!/^[a-z_:][a-z0-9_:]*$/.test(name)) no('it is not in snake case');
  }
  return wrong;
}

test('metrics keep to Prometheus’ conventions', async () => {
  const metrics = makeMetrics(['shop']);
  metrics.watchBy('sudoql_some_seconds', 'Some time', 'channel', () => ({ mail: 1 }));
  metrics.countBy('sudoql_some_total', 'Some count', 'channel', () => ({ mail: 3 }));
  const text = await metrics.registry.metrics();
  // prom-client's own names for what has no convention yet.
  assert.deepEqual(
    lint(text).filter((line) => !line.startsWith('nodejs_') && !line.startsWith('process_')),
    [],
  );
  assert.match(text, /^sudoql_some_total\{channel="mail"\} 3$/m);
  assert.match(
    await metrics.registry.metrics(),
    /^sudoql_some_total\{channel="mail"\} 3$/m,
    'asked again it is no more',
  );
  assert.deepEqual(
    lint('# HELP a_ms x\n# TYPE a_ms gauge\n# TYPE b counter\n').length,
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
