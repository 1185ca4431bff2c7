// A record of many entries, made in its server's own tables and not recorded one by one: what it costs to show the newest, one session's,
// one elevation's and one person's, and to add one more.
import { PassThrough } from 'node:stream';
import { makeLedgerPool } from '../../services/ledger/ledger-pool.ts';
import { showEntries, type ShowOptions } from '../../services/ledger/read/show.ts';
import { makeSecrets } from '../../test/demo/directory.ts';
import { prepareLedger } from '../../test/demo/prepare.ts';
import { cpuOf } from '../stage/cpu.ts';
import { startServer } from '../stage/server.ts';
import type { Grown } from './step.ts';

const LEDGER = 'sudoql_ledger';
const ROUNDS = 200;

/** Ten entries a session, five of them of an elevation; a hundred people. `$1` to `$2`: their numbers. */
const MAKE = `
  INSERT INTO entry (at, body, hash, chain, seq, kind, session, principal, target, elevation)
  SELECT date_trunc('month', now()) + n * interval '100 microseconds', format('{"kind":"writes","session":"s%s","seq":%s}', n / 10, n) || repeat('x', 400),
    md5(n::text) || md5(n::text), 'made', n, 'writes', 's' || n / 10, 'p' || n % 100, 'shop', CASE WHEN n % 2 = 0 THEN 'e' || n / 10 END
  FROM generate_series($1::bigint, $2::bigint) n`;
const ADD = `
  INSERT INTO entry (at, body, hash, chain, seq, kind, session, principal, target)
  VALUES (now(), '{}', md5('a') || md5('b'), 'added', $1, 'reads', 'added', 'added', 'shop')`;

export async function record(most: number): Promise<Grown[]> {
  const server = await startServer({ fsync: false, connections: 50 });
  try {
    await prepareLedger(server, makeSecrets());
    const pool = makeLedgerPool({ connection: { connectionString: server.url(LEDGER) } });
    const asks: Record<string, ShowOptions['filter']> = {
      'the newest hundred': {},
      "one session's": { session: 's77' },
      "one elevation's": { elevation: 'e77' },
      "the newest hundred of one person's": { principal: 'p77' },
    };
    const points = new Map<string, Grown['points']>([...Object.keys(asks), 'one more'].map((name) => [name, []]));
    let made = 0;
    let added = 0;
    for (const size of [most / 100, most / 10, most]) {
      await server.sql(MAKE, LEDGER, [made, size - 1]);
      made = size;
      await server.sql('VACUUM ANALYZE entry', LEDGER);
      const cost = async (name: string, act: () => Promise<unknown>) => {
        const from = cpuOf({ server: server.pid }).server;
        for (let n = 0; n < ROUNDS; n++) await act();
        // A tick of the clock that counts it is 10 ms: less cannot be told from nothing.
        points.get(name)?.push([size, Math.max(cpuOf({ server: server.pid }).server - from, 10_000) / ROUNDS]);
      };
      for (const [name, filter] of Object.entries(asks))
        await cost(name, () => showEntries(pool, new PassThrough().resume(), { filter, json: true }));
      await cost('one more', () => pool.query(ADD, [++added]));
    }
    await pool.close();
    return [...points].map(([name, each]) => ({
      what: `the record: ${name}`,
      unit: "µs of its server's processor",
      of: 'entries',
      points: each,
    }));
  } finally {
    await server.remove();
  }
}
