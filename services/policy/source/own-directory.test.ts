import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCompiledCache } from '../compiler/compiled-cache.ts';
import { makeLastGood } from './last-good.ts';

test('promise 9: nothing is taken from a cache that others may write to', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-cache-'));
  t.after(() => rm(directory, { recursive: true }));
  const cache = makeCompiledCache(directory);
  const lastGood = makeLastGood(directory);
  const key = 'a'.repeat(64);
  await cache.write(key, Buffer.from('wasm'));
  await lastGood.write(3, new Map([['a.rego', 'package a']]));
  assert.ok(await cache.read(key));
  assert.equal((await lastGood.read())?.seq, 3);
  for (const mode of [0o777, 0o770, 0o702]) {
    await chmod(directory, mode);
    assert.equal(await cache.read(key), null);
    assert.equal(await lastGood.read(), null);
  }
});
