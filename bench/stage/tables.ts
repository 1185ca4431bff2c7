import type { Cluster } from '../../test/helpers/postgres.ts';
import { DATABASE } from './way.ts';

/** Rows of `account`, the table of the key lookups. */
export const ACCOUNTS = 100_000;
/** pgbench's scale for the writes: its documentation asks for as many as there are clients that write, at least. */
export const SCALE = 10;

// The tables of `pgbench -i -s SCALE`, with their keys.
const TABLES = `
  CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, filler text NOT NULL);
  INSERT INTO account SELECT i, i % 1000, repeat('x', 60) FROM generate_series(1, ${ACCOUNTS}) i;
  CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88)) WITH (fillfactor = 100);
  CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84)) WITH (fillfactor = 100);
  CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84)) WITH (fillfactor = 100);
  CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
  INSERT INTO pgbench_branches SELECT i, 0, '' FROM generate_series(1, ${SCALE}) i;
  INSERT INTO pgbench_tellers SELECT i, (i - 1) / 10 + 1, 0, '' FROM generate_series(1, ${SCALE * 10}) i;
  INSERT INTO pgbench_accounts SELECT i, (i - 1) / 100000 + 1, 0, '' FROM generate_series(1, ${SCALE * 100_000}) i;
  CREATE TABLE arrived (id int, note text, at timestamptz)`;

export async function fillTarget(target: Cluster): Promise<void> {
  await target.sql(TABLES, DATABASE);
  await target.sql('VACUUM ANALYZE', DATABASE);
}
