import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { SQLSTATE } from '../../services/contract/errors.ts';

test('docs/errors.md lists every code with its SQLSTATE, and no other', async () => {
  const text = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \| ([\w, ]+) \|/gm)].map(([, code, states]) => ({
    code: code ?? '',
    states: (states ?? '').trim().split(', '),
  }));
  assert.deepEqual(rows.map((r) => r.code).sort(), Object.keys(SQLSTATE).sort());
  for (const { code, states } of rows) {
    assert.ok(states.includes(SQLSTATE[code as keyof typeof SQLSTATE]), `${code} is documented as ${states}`);
  }
});
