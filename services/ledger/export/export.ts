// The record as lines of JSON: each entry as it was hashed, with all that a verifier of another make needs (docs/ledger.md, "Export").
import type { Writable } from 'node:stream';
import pg from 'pg';
import { readCheckpoints } from '../chain/checkpoints.ts';
import { type Ends, endsMissingIn } from './ends.ts';

/** Of the first line; a reader refuses what it does not know. */
export const EXPORT_FORMAT = 1;

const BATCH = 2_000;

export interface ExportOptions {
  /** What an earlier export ended with, by chain: goes on behind it. */
  after?: Ends;
  /** Called now and then with the number of entries written. */
  onProgress?: (entries: number) => void;
}

/** What was exported before is not in this ledger: it is another, or it was altered, or restored from a backup that is older. */
export class NotGoneOn extends Error {}

interface Row {
  chain: string;
  seq: string;
  hash: string;
  body: string;
}

const ENTRIES = `
  DECLARE entries NO SCROLL CURSOR FOR
  SELECT e.chain, e.seq, e.hash, e.body FROM entry e
  LEFT JOIN unnest($1::text[], $2::bigint[]) AS known(chain, seq) ON known.chain = e.chain
  WHERE e.seq > coalesce(known.seq, 0) ORDER BY e.chain, e.seq, e.at`;

/**
 * Writes a header, every entry behind `after` in the order of chain and number, and an end, in one snapshot; waits for a slow `out`.
 * Memory does not grow with the ledger. Returns how many entries were written. Throws NotGoneOn, or what the ledger said.
 */
export async function exportLedger(
  connection: pg.ClientConfig,
  out: Writable,
  { after = new Map(), onProgress }: ExportOptions = {},
): Promise<number> {
  const client = new pg.Client({ application_name: 'sudoql ledger export', ...connection });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const missing = await endsMissingIn(client, after);
    if (missing) throw new NotGoneOn(missing);
    const write = (line: object) => writeLine(out, JSON.stringify(line));
    const { rows: chains } = await client.query('SELECT chain, replica FROM chain ORDER BY chain');
    await write({ sudoql_export: EXPORT_FORMAT, chains, checkpoints: await readCheckpoints(client) });
    const ends: Ends = new Map(after);
    let count = 0;
    await client.query(ENTRIES, [[...after.keys()], [...after.values()].map(({ seq }) => seq)]);
    for (;;) {
      const { rows } = await client.query<Row>(`FETCH ${BATCH} FROM entries`);
      for (const { chain, seq, hash, body } of rows) {
        await write({ hash, body });
        ends.set(chain, { seq: Number(seq), hash });
      }
      count += rows.length;
      onProgress?.(count);
      if (rows.length < BATCH) break;
    }
    const heads = [...ends].map(([chain, end]) => ({ chain, ...end })).sort((a, b) => (a.chain < b.chain ? -1 : 1));
    await write({ end: { entries: count, heads } });
    return count;
  } finally {
    await client.end();
  }
}

export async function writeLine(out: Writable, line: string): Promise<void> {
  if (out.errored) throw out.errored;
  if (out.write(`${line}\n`)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error | null) => {
      out.off('drain', settle).off('error', settle).off('close', closed);
      if (error) reject(error);
      else resolve();
    };
    const closed = () => settle(new Error('what was written to was closed'));
    out.on('drain', settle).on('error', settle).on('close', closed);
  });
}
