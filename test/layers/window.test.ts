// Layer D's window: a snapshot of the catalogue can be stale for a moment. A vetted function is replaced by one that writes
// while sessions run: until that is seen, the read-only transaction and its rollback contain it, and nothing lasts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import { PATIENCE_MS } from '../helpers/until.ts';
import { changes, takeDigest } from '../bypass/digest.ts';
import { DATABASE, makeStage, type Stage } from '../bypass/stage.ts';
import { listFunctions } from '../../services/statements/vetting/list-functions.ts';
import { startVersion, VERSIONS } from '../helpers/debian-postgres.ts';
import { type Gateway, makeGateway } from '../helpers/gateway.ts';
import type { Cluster } from '../helpers/postgres.ts';
import { openPolicy } from '../wire/stage.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

const SIGNATURE = 'public.harmless(integer)';
/** Leaves READ ONLY where that can be done (up to 15), then writes; says what stopped it. */
const REPLACEMENT = `CREATE OR REPLACE FUNCTION public.harmless(int) RETURNS int LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
  BEGIN
    PERFORM set_config('transaction_read_only', NULL, false);
    INSERT INTO app.log (line) VALUES ('in the window');
    RETURN 99;
  EXCEPTION WHEN OTHERS THEN RETURN 98;
  END $$`;

for (const version of VERSIONS) {
  // 15 is there where Debian's packages are; the corpus's own run says so when it is not.

  test(`3, 4: on ${version} a vetted function that is replaced by a writing one leaves nothing, and is refused once that is seen`, async (context) => {
    const { stage, gateway, admin } = await open(version);
    context.after(close);
    const clients = await Promise.all(Array.from({ length: 4 }, () => gateway.connect({ user: 'ben' })));
    const harmless = 'SELECT public.harmless(1)';
    for (const client of clients) assert.equal((await client.query(harmless)).rows[0].harmless, 2);
    const before = await takeDigest(admin);
    const owner = await stage.admin();
    await owner.query(REPLACEMENT);
    await owner.end();
    const afterDdl = await takeDigest(admin, before);
    assert.ok(changes(before, afterDdl).includes('catalogue'));

    let ran = 0;
    const until = performance.now() + PATIENCE_MS;
    await Promise.all(
      clients.map(async (client, n) => {
        for (;;) {
          assert.ok(performance.now() < until, 'the replaced function was never seen');
          // Two of them in a transaction of their own, which they commit, one in each protocol.
          if (n < 2) await client.query('BEGIN');
          const answer = await client.query(harmless).catch((error: unknown) => error as pg.DatabaseError);
          if (n < 2) {
            const committed = await commit(client, n === 1).catch((error: unknown) => error as pg.DatabaseError);
            // Where the function left READ ONLY, what it wrote is not committed: it fails, or the session is ended.
            if (committed instanceof Error) {
              assert.deepEqual([version, committed.code], [15, n === 0 ? 'XX000' : '42704']);
              return;
            }
          }
          if (answer instanceof Error) {
            assert.equal(answer.routine, 'write_needs_elevation');
            return;
          }
          ran++;
        }
      }),
    );
    assert.ok(ran > 0, 'there was no window');
    assert.equal((await admin.query('SELECT count(*)::int AS n FROM app.log')).rows[0].n, 0);
    const parts = changes(afterDdl, await takeDigest(admin, afterDdl));
    assert.deepEqual(
      // A rollback gives no number of a sequence back; where READ ONLY was left (15) one was taken.
      parts.filter((part) => part !== 'transaction ids' && !(version === 15 && part === 'sequences')),
      [],
    );
  });
}

/** node-postgres has no types for choosing the protocol. */
function commit(client: pg.Client, extended: boolean): Promise<pg.QueryResult> {
  const how = extended ? { queryMode: 'extended' } : {};
  return client.query({ text: 'COMMIT', ...how });
}

let opened: { target: Cluster; ledger: Cluster; stage: Stage; gateway: Gateway; admin: pg.Client } | null = null;

async function open(version: number) {
  const [target, ledger] = await Promise.all([startVersion(version), startLedgerPostgres()]);
  const stage = await makeStage(target);
  const admin = await stage.admin();
  const vetted = (await listFunctions(admin, DATABASE)).filter(({ signature }) => signature === SIGNATURE);
  const gateway = await makeGateway({
    ledger,
    name: DATABASE,
    reader: stage.config('reader'),
    writer: stage.config('writer'),
    control: stage.config('control'),
    policy: openPolicy(),
    vetted,
    refreshMs: 500,
  });
  opened = { target, ledger, stage, gateway, admin };
  return opened;
}

async function close() {
  if (!opened) return;
  const { target, ledger, stage, gateway, admin } = opened;
  await admin.end();
  await gateway.close();
  await stage.remove();
  await Promise.all([target.remove(), ledger.remove()]);
}
