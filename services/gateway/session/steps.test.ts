import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Steps, wait, walk } from './steps.ts';

function* sum(values: readonly (number | Promise<number>)[]): Steps<number> {
  let total = 0;
  for (const value of values) total += value instanceof Promise ? yield* wait(value) : value;
  return total;
}

test('what is at hand is walked at once, to a value that is no promise', () => {
  assert.equal(walk(sum([1, 2])), 3);
});

test('a promise on the way makes the result one, with what came before done at once', async () => {
  const seen: string[] = [];
  function* way(): Steps<string> {
    seen.push('before');
    const value = yield* wait(Promise.resolve('waited'));
    seen.push(value);
    return 'done';
  }
  const result = walk(way());
  assert.deepEqual(seen, ['before']);
  assert.equal(await result, 'done');
  assert.deepEqual(seen, ['before', 'waited']);
  assert.equal(await walk(sum([1, Promise.resolve(2), Promise.resolve(3)])), 6);
});

test('what is thrown is thrown where it happens, before a promise and after it, and `finally` is walked', async () => {
  const ended: string[] = [];
  function* way(fails: boolean, promise: Promise<void> | null): Steps<string> {
    try {
      if (promise !== null) yield* wait(promise);
      if (fails) throw new Error('here');
      return 'well';
    } catch (error) {
      return `caught ${(error as Error).message}`;
    } finally {
      ended.push('ended');
    }
  }
  assert.equal(walk(way(true, null)), 'caught here');
  assert.equal(await walk(way(true, Promise.resolve())), 'caught here');
  assert.equal(await walk(way(false, Promise.reject(new Error('there')))), 'caught there');
  assert.equal(ended.length, 3);
  function* bare(promise: Promise<void> | null): Steps<void> {
    if (promise !== null) yield* wait(promise);
    throw new Error('not caught');
  }
  assert.throws(() => walk(bare(null)), /not caught/);
  await assert.rejects(async () => walk(bare(Promise.resolve())), /not caught/);
});
