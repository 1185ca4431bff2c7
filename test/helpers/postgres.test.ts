import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from './postgres.ts';

test('a cluster of our own starts, answers and goes away', async () => {
  const cluster = await startPostgres();
  try {
    const { rows } = await cluster.sql('SELECT 1 AS one');
    assert.deepEqual(rows, [{ one: 1 }]);
  } finally {
    await cluster.remove();
  }
});
