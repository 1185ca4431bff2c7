import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OTHER_SQLSTATES, SQLSTATE } from '../../services/contract/errors.ts';
import { pages, read } from './pages.ts';

const others: Record<string, readonly string[]> = OTHER_SQLSTATES;
const statesOf = new Map<string, string[]>(
  Object.entries(SQLSTATE).map(([code, state]) => [code, [state, ...(others[code] ?? [])].sort()]),
);

test('docs/errors.md lists every code with all its SQLSTATEs, and no other', async () => {
  const text = await read('docs/errors.md');
  const listed = [...text.matchAll(/^\| `(\w+)` \| ([\w, ]+) \|/gm)].map(
    ([, code = '', states = '']) => [code, states.trim().split(', ').sort()] as const,
  );
  assert.deepEqual(Object.fromEntries(listed.map(([code, states]) => [code, states])), Object.fromEntries(statesOf));
  assert.equal(listed.length, statesOf.size, 'a code stands there twice');
});

test('the SQLSTATEs that pages name are those that are sent', async () => {
  const all = new Set([...statesOf.values()].flat());
  for (const { path, text } of await pages()) {
    for (const [state] of text.matchAll(/(?<![-\w:])(?:(?=[0-9A-Z]*[A-Z])\d[0-9A-Z]{4}\b|(?<=[`(])\d{5}(?=[`)]))/g))
      assert.ok(all.has(state), `${path}: ${state}`);
    for (const [pair, state = '', code = ''] of text.matchAll(/`([0-9A-Z]{5})` \(`(\w+)`\)/g))
      assert.ok(statesOf.get(code)?.includes(state), `${path}: ${pair}`);
  }
});
