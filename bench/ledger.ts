// What the record costs: CPU of its server and bytes for each read that the shipped gateway records; then, with many entries in it,
// how long it takes to show, to search and to verify.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { EntryDraft } from '../services/ledger/entry/entry.ts';
import { makeLedger } from '../services/ledger/write/make-ledger.ts';
import { sudoqld } from '../test/demo/gateway-process.ts';
import { report, timed } from './measure.ts';
import { runPgbench } from './stage/pgbench.ts';
import { type Stage, startStage } from './stage/stage.ts';
import { environment } from './stage/way.ts';
import { LOOKUP } from './throughput/reads.ts';

const LEDGER = 'sudoql_ledger';
const BATCH = 2_000;
/** Entries of one session made here: five statements and their outcomes. */
const OF_SESSION = 10;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    /** Made by the ledger's own writer, without a gateway. */
    entries: { type: 'string', default: '100000' },
  },
});

const directory = await mkdtemp(join(tmpdir(), 'sudoql-ledger-'));
const stage = await startStage({ ways: ['gateway'], fsync: true });
try {
  await ofReads(stage);
  await grown(stage, Number(values.entries));
} finally {
  await stage.close();
  await rm(directory, { recursive: true, force: true });
}

async function ofReads({ ledger, way, pids }: Stage): Promise<void> {
  const script = join(directory, 'lookup.sql');
  await writeFile(script, LOOKUP);
  for (const protocol of ['simple', 'prepared'] as const) {
    const load = { scripts: [script], protocol, clients: 8, seconds: Number(values.seconds), statements: 1 };
    const before = await sizes(ledger);
    const from = performance.now();
    const { tps, cpu } = await runPgbench(load, environment(way('gateway'), 'read'), pids);
    const after = await sizes(ledger);
    // pgbench's first second, which is not in its figures, is in the size.
    const about = tps * Math.min((performance.now() - from) / 1_000, load.seconds + 1);
    console.log(
      `  reads, ${protocol}: CPU µs a read: ledger's server ${cpu.ledger?.toFixed(0)}, gateway ${cpu.gateway?.toFixed(0)}; bytes a read: tables ${((after.tables - before.tables) / about).toFixed(0)}, indexes ${((after.indexes - before.indexes) / about).toFixed(0)}`,
    );
  }
}

async function sizes(ledger: Stage['ledger']): Promise<{ tables: number; indexes: number }> {
  const { rows } = await ledger.sql(
    `SELECT sum(pg_table_size(oid))::float8 AS tables, sum(pg_indexes_size(oid))::float8 AS indexes
     FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    LEDGER,
  );
  return rows[0] as { tables: number; indexes: number };
}

async function grown({ ledger, gateway }: Stage, entries: number): Promise<void> {
  const { files } = gateway;
  const password = String(files.env.DEMO_LEDGER_PASSWORD);
  const connection = { host: '127.0.0.1', port: ledger.port, database: LEDGER, user: 'sudoql_gateway', password };
  const how = { replica: randomUUID(), version: 'bench', graceMs: 60_000, timeoutMs: 120_000 };
  const writer = makeLedger({ connection, ...how });
  await writer.ready;
  const [session, elevation] = [randomUUID(), randomUUID()];
  const took = await timed(async () => {
    for (let made = 0; made < entries; made += BATCH) {
      // One batch in the middle is what is looked for.
      const wanted = made <= entries / 2 && entries / 2 < made + BATCH;
      const drafts = Array.from({ length: BATCH / OF_SESSION }, (_, i) =>
        ofSession(i === 0 && wanted ? { session, elevation, principal: 'wanted' } : null),
      );
      await writer.transaction(drafts.flat(), async () => {});
    }
  });
  await writer.close();
  await ledger.sql('VACUUM ANALYZE', LEDGER);
  const { tables, indexes } = await sizes(ledger);
  console.log(
    `\n  ${entries} entries made in ${(took / 1000).toFixed(1)} s; tables ${(tables / 2 ** 20).toFixed(0)} MB, indexes ${(indexes / 2 ** 20).toFixed(0)} MB`,
  );
  for (const [what, ...args] of [
    ['show, the newest hundred'],
    ['show --session', '--session', session],
    ['show --elevation', '--elevation', elevation],
    ['show --principal', '--principal', 'wanted'],
    ['show --principal of most', '--principal', 'made'],
  ] as const) {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await timed(() => sudoqld(files, 'ledger', 'show', ...args)));
    report(what, 'ms', times);
  }
  let said = '';
  const verified = await timed(async () => {
    said = await sudoqld(files, 'ledger', 'verify', '--json');
  });
  const { entries: count } = JSON.parse(said) as { entries: number };
  console.log(
    `  verify: ${(verified / 1000).toFixed(1)} s for ${count} entries, ${((count / verified) * 1000).toFixed(0)} a second`,
  );
}

/** Entries as a session in write mode leaves them. */
function ofSession(wanted: { session: string; elevation: string; principal: string } | null): EntryDraft[] {
  const { session, elevation, principal } = wanted ?? {
    ...{ session: randomUUID(), elevation: randomUUID(), principal: 'made' },
  };
  const whose = { session, principal, target: 'shop' };
  return Array.from({ length: OF_SESSION / 2 }, (): EntryDraft[] => {
    const statement = randomUUID();
    return [
      {
        ...{ kind: 'statement_intent', ...whose, statement, mode: 'write', elevation, decided: null },
        ...{ fingerprint: 'a1b2c3d4e5f60718', normalized: 'UPDATE account SET balance = $1 WHERE id = $2' },
        ...{ type: 'UpdateStmt', effects: ['write'], relations: ['public.account'], revision: '0'.repeat(64) },
      },
      {
        kind: 'statement_outcome',
        ...whose,
        statement,
        elevation,
        result: 'ok',
        sqlstate: null,
        rows: 1,
        duration_ms: 1.25,
      },
    ];
  }).flat();
}
