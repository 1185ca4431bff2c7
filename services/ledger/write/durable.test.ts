// A confirmed entry is on disk, whatever the server was told about `synchronous_commit`, and when.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { durabilityProblems } from './durability.ts';
import { makeLedgerPool } from '../ledger-pool.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { makeLedger } from './make-ledger.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startLedgerPostgres();
  // Else the server itself writes what commits did not wait for, a moment later.
  await cluster.sql("ALTER SYSTEM SET wal_writer_delay = '10s'");
  await cluster.sql('SELECT pg_reload_conf()');
});
after(() => cluster?.remove());

const LAX: Record<string, string[]> = {
  'by a reload while it is connected': ['ALTER SYSTEM SET synchronous_commit = off', 'SELECT pg_reload_conf()'],
  'for its login': ['ALTER ROLE sudoql_gateway SET synchronous_commit = off'],
  'for its database': ['ALTER DATABASE lax SET synchronous_commit = off'],
};

for (const [how, texts] of Object.entries(LAX)) {
  test(`promise 6: synchronous_commit is turned off ${how}: confirmed entries outlive a crash`, async () => {
    const gateway = await migratedLedger(cluster, 'lax');
    const ledger = makeLedger({ connection: gateway, replica: 'r', version: 'test', graceMs: 1_000 });
    await ledger.ready;
    for (const text of texts) await cluster.sql(text);
    if (!how.startsWith('by a reload')) await reconnected(gateway.database ?? '');
    let last = 0;
    try {
      for (let n = 0; n < 30; n++) {
        last = (await ledger.append({ kind: 'gateway_stopped', replica: `entry ${n}` })).seq;
      }
      await cluster.crash();
      await cluster.start();
      const { rows } = await cluster.sql('SELECT max(seq)::int AS seq FROM entry WHERE chain = $1', 'lax', [
        ledger.chain,
      ]);
      assert.ok(Number(rows[0]?.seq) >= last, `${rows[0]?.seq} of ${last}`);
    } finally {
      await ledger.close();
      await cluster.sql('ALTER SYSTEM RESET synchronous_commit');
      await cluster.sql('ALTER ROLE sudoql_gateway RESET synchronous_commit');
      await cluster.sql('SELECT pg_reload_conf()');
      await cluster.sql('DROP DATABASE lax WITH (FORCE)');
    }
  });
}

/** The gateway's connections are ended, and made anew under the new setting. */
async function reconnected(database: string): Promise<void> {
  const { rows } = await cluster.sql(
    'SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
    'postgres',
    [database],
  );
  assert.ok(rows.length > 0);
}

test('a server that does not write through is named', async () => {
  const pool = makeLedgerPool({ connection: await migratedLedger(cluster, 'through') });
  try {
    // The servers of tests are such.
    assert.match((await durabilityProblems(pool)).join(), /fsync = off: when its machine fails/);
  } finally {
    await pool.close();
  }
});
