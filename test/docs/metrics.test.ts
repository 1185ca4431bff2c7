import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pages, projectFiles, read } from './pages.ts';

test('docs/operators.md lists every metric that the gateway shows, and no page names another', async () => {
  const sources = (await projectFiles()).filter((path) => /^services\/gateway\/.*(?<!\.test)\.ts$/.test(path));
  const texts = (await Promise.all(sources.map(read))).filter((text) => /prom-client|\.watch(By)?\(/.test(text));
  const shown = new Set(texts.flatMap((text) => [...text.matchAll(/'(sudoql_\w+)'/g)].map(([, name]) => name ?? '')));
  assert.ok(shown.size > 20, `${shown.size} metrics`);
  const listed = [...(await read('docs/operators.md')).matchAll(/^\| `(sudoql_\w+)` \|/gm)].map(
    ([, name]) => name ?? '',
  );
  assert.deepEqual(listed.sort(), [...shown].sort());

  /** Logins of the ledger and of targets, a package and a field of exports, which begin alike. */
  const login = /^sudoql_(owner|gateway|auditor|reader|writer|control|ledger|django|export)$/;
  for (const page of await pages()) {
    for (const [name] of page.text.matchAll(/(?<![\w.])sudoql_[a-z_]+\b(?!\.py)/g)) {
      // prom-client's own, and what is no metric.
      if (login.test(name) || name === 'sudoql_') continue;
      const base = name.replace(/_(bucket|sum|count)$/, '');
      assert.ok(shown.has(name) || shown.has(base), `${page.path}: ${name}`);
    }
  }
});
