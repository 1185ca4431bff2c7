import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { systemClock } from '../../contract/clock.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { makeLedgerPool } from '../ledger-pool.ts';
import { type PruneOptions, PruneRefused, pruneLedger } from './prune.ts';
import { ledgerSize, sizeWarning } from '../read/size.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { verifyTwice } from '../../../test/helpers/verify-twice.ts';
import { type LedgerWriter, makeLedger } from '../write/make-ledger.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
let owner: pg.ClientConfig;
let months: string[];
let time: Date;
let ledger: LedgerWriter;
const heads: string[] = [];
const draft: EntryDraft = {
  kind: 'session_ended',
  session: 's',
  principal: 'ana',
  target: 'shop',
  why: 'closed',
  statements: 0,
};
const monthsAgo = (n: number): Date => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - n, 15));
};

/** Partitions as they would have been made in those months. */
async function makeMonths(database: string): Promise<void> {
  for (const [index, month] of months.entries()) {
    const name = month.replace('-', '_');
    const end = monthsAgo(1 - index)
      .toISOString()
      .slice(0, 7);
    await cluster.sql(
      `CREATE TABLE entry_${name} PARTITION OF entry FOR VALUES FROM ('${month}-01 00:00Z') TO ('${end}-01 00:00Z');
       CREATE TABLE kept_${name} PARTITION OF kept FOR VALUES FROM ('${month}-01') TO ('${end}-01')`,
      database,
    );
  }
}

before(async () => {
  cluster = await startLedgerPostgres();
  connection = await migratedLedger(cluster);
  owner = { connectionString: cluster.url('ledger') };
  months = [2, 1].map((n) => monthsAgo(n).toISOString().slice(0, 7));
  await makeMonths('ledger');
  // One process that lived through all three months.
  time = monthsAgo(2);
  ledger = makeLedger({
    connection,
    replica: 'r',
    version: 'test',
    graceMs: 1_000,
    clock: { ...systemClock, now: () => time },
  });
  for (const n of [2, 1, 0]) {
    time = n === 0 ? new Date() : monthsAgo(n);
    ledger.keep({ month: n });
    for (let i = 0; i < 3; i++) await ledger.append(draft);
    heads.push(ledger.head?.hash ?? '');
  }
});
after(async () => {
  await ledger?.close();
  await cluster?.remove();
});

const prune = (more: object = {}) =>
  pruneLedger(owner, {
    before: new Date().toISOString().slice(0, 7),
    actor: { operator: 'root' },
    version: 'test',
    ...more,
  });
const left = async (table: string) =>
  (
    await cluster.sql(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '${table}'::regclass ORDER BY 1`,
      'ledger',
    )
  ).rows.map(({ name }) => name as string);

test('a dry run says what would go and touches nothing; months to come are refused', async () => {
  const before = await left('entry');
  assert.deepEqual(
    (await prune({ dryRun: true })).map(({ month }) => month),
    months,
  );
  assert.deepEqual(await left('entry'), before);
  for (const month of ['2999-01', '2026-13', "2026-01'; DROP TABLE entry; --"]) {
    await assert.rejects(prune({ before: month }), PruneRefused);
  }
});

test("the gateway's login cannot prune", async () => {
  await assert.rejects(pruneLedger(connection, { before: months[1] ?? '', actor: { operator: 'x' }, version: 't' }), {
    code: '42501',
  });
});

test('promise 7: months are pruned while a gateway writes; what stays can be verified, and pruned heads are known', async () => {
  let writing = true;
  const load = (async () => {
    let written = 0;
    while (writing) {
      await ledger.append(draft);
      written++;
    }
    return written;
  })();
  // A long report holds the table; pruning tries again and again, and stands in nobody's way meanwhile.
  const report = new pg.Client(owner);
  await report.connect();
  await report.query('BEGIN; SELECT count(*) FROM entry');
  const pruning = prune();
  const blocked = 'SELECT FROM pg_locks WHERE NOT granted';
  while ((await cluster.sql(blocked, 'ledger')).rowCount === 0) await ledger.append(draft);
  while ((await cluster.sql(blocked, 'ledger')).rowCount !== 0) await ledger.append(draft);
  await report.query('ROLLBACK');
  await report.end();
  const pruned = await pruning;
  writing = false;
  assert.ok((await load) > 0);
  // The first has the chain's beginning too.
  assert.deepEqual(
    pruned.map(({ month, entries }) => [month, entries]),
    [
      [months[0], pruned[0]?.entries],
      [months[1], 3],
    ],
  );
  const entryTables = await left('entry');
  for (const month of months) assert.ok(!entryTables.includes(`entry_${month.replace('-', '_')}`));
  assert.ok((await left('kept')).includes(`kept_${months[1]?.replace('-', '_')}`), 'parts stay a month longer');
  assert.ok(!(await left('kept')).includes(`kept_${months[0]?.replace('-', '_')}`));
  const result = await verifyTwice(owner, { heads });
  assert.deepEqual(result.problems, []);
  assert.deepEqual(result.pruned, months);
  assert.equal(result.heads.length, 3);
});

test('promise 7: a checkpoint changed after the pruning is found', async () => {
  const change = async (set: string) => cluster.sql(`UPDATE chain_checkpoint SET ${set}`, 'ledger');
  await change("month = month - interval '1 month'");
  assert.equal((await verifyTwice(owner)).ok, false);
  await change("month = month + interval '1 month'");
  assert.equal((await verifyTwice(owner)).ok, true);
});

test('promise 7: what an early clock left among the entries of no month goes with the months, and what stays can be verified', async () => {
  const early = new Date('2001-01-01T00:00:00Z');
  const connection = await migratedLedger(cluster, 'early');
  await makeMonths('early');
  const owner = { connectionString: cluster.url('early') };
  // When each entry is made, in turn; a clock that steps back by more than a minute is believed.
  const clocks: Record<string, Date[]> = {
    'early, then right': [early, early, monthsAgo(2), monthsAgo(1), new Date()],
    'early alone': [early, early],
    'early in the midst of a month that goes': [monthsAgo(2), early, monthsAgo(2), monthsAgo(1), new Date()],
    'early in the month that stays': [monthsAgo(1), new Date(), early, new Date()],
    'early between months': [monthsAgo(2), early, new Date()],
  };
  for (const [replica, times] of Object.entries(clocks)) {
    let [at] = times as [Date];
    const clock = { ...systemClock, now: () => at };
    const ledger = makeLedger({ connection, replica, version: 'test', graceMs: 1_000, clock });
    await ledger.ready;
    for (const time of times) {
      at = time;
      await ledger.append(draft);
    }
    await ledger.close();
  }
  const kept = async () =>
    (
      await cluster.sql(
        'SELECT replica, count(*)::int AS n FROM entry_default JOIN chain USING (chain) GROUP BY 1',
        'early',
      )
    ).rows;
  assert.deepEqual((await verifyTwice(owner)).problems, []);
  const options: PruneOptions = {
    before: new Date().toISOString().slice(0, 7),
    actor: { operator: 'root' },
    version: 'test',
  };
  const foretold = await pruneLedger(owner, { ...options, dryRun: true });
  const pruned = await pruneLedger(owner, options);
  assert.deepEqual(foretold, pruned);
  assert.deepEqual(
    pruned.map(({ month }) => month),
    months,
  );
  const { problems } = await verifyTwice(owner);
  assert.deepEqual(problems, []);
  // It stands behind an entry of this month.
  assert.deepEqual(await kept(), [{ replica: 'early in the month that stays', n: 1 }]);
});

test('size and growth, and the warning at 80 %', async () => {
  const pool = makeLedgerPool({ connection });
  const size = await ledgerSize(pool);
  await pool.close();
  assert.ok(size.bytes > 1_000_000 && size.bytesPerDay > 0);
  assert.equal(size.oldestMonth, new Date().toISOString().slice(0, 7));
  assert.equal(sizeWarning({ ...size, bytes: 79 }, 100), null);
  assert.match(sizeWarning({ bytes: 85, bytesPerDay: 5, oldestMonth: null }, 100) ?? '', /85 %.*about 3 days/);
  assert.match(sizeWarning({ bytes: 120, bytesPerDay: 0, oldestMonth: null }, 100) ?? '', /120 %/);
});
