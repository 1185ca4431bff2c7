import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { startPostgres } from '../../test/helpers/postgres.ts';
import { migratedLedger } from '../ledger/testing.ts';
import { startRunner } from './runner.ts';

test('a runner that is closed while it starts stops all the same', async () => {
  const cluster = await startPostgres();
  const pool = new pg.Pool(await migratedLedger(cluster));
  pool.on('error', () => {});
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  try {
    // Its first query is answered, and the library is on its way up.
    const answered = Promise.withResolvers<void>();
    const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(pool, {
      query: (...args: unknown[]) => {
        const answer = query(...args);
        answer.then(() => setImmediate(answered.resolve), answered.reject);
        return answer;
      },
    });
    const runner = startRunner({ pool, replica: 'r', concurrency: 1, work: async () => {}, log });
    await answered.promise;
    const late = new Promise((resolve) => setTimeout(resolve, 10_000, false).unref());
    assert.equal(await Promise.race([runner.close().then(() => true), late]), true);
  } finally {
    await pool.end();
    await cluster.remove();
  }
});
