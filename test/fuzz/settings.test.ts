import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzSettings } from './settings.ts';

test('promise 9: whatever the settings say, elevations and administration open exactly what they name, and forbidding more never allows more', async () => {
  const { findings, decisions, allowed } = await fuzzSettings({ seed: 7, count: 60 });
  assert.deepEqual(findings, []);
  assert.ok(allowed > decisions / 10 && allowed < decisions / 2, `${allowed} of ${decisions} are allowed`);
});
