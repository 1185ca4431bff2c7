import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from './pages.ts';

test('alert rules and the board ask for metrics that there are', async () => {
  const listed = new Set(
    [...(await read('docs/operators.md')).matchAll(/^\| `(sudoql_\w+)` \|/gm)].map(([, name]) => name ?? ''),
  );
  for (const file of [
    'deploy/prometheus/alerts.yaml',
    'deploy/prometheus/alerts.test.yaml',
    'deploy/grafana/sudoql.json',
  ]) {
    const named = [...(await read(file)).matchAll(/\bsudoql_[a-z_]+/g)].map(([name]) => name);
    assert.ok(named.length > 5, file);
    const unknown = named.filter((name) => !listed.has(name) && !listed.has(name.replace(/_(bucket|sum|count)$/, '')));
    assert.deepEqual(unknown, [], file);
  }
});
