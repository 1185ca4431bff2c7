import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { REFERENCE, reference } from './write-reference.ts';

test('docs/policy-reference.md is current: else run "node test/policy/write-reference.ts"', async () => {
  assert.equal(await readFile(REFERENCE, 'utf8'), await reference());
});
