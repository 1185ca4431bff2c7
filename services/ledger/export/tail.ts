// The record as it grows, for programs that collect it: every entry once it is committed, from where they were.
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { LedgerPool } from '../ledger-pool.ts';
import { type Ends, endsMissingIn } from './ends.ts';
import { NotGoneOn, writeLine } from './export.ts';

export interface TailOptions {
  /** Remembers how far `out` has taken it, across restarts; what was written and not yet remembered comes again. */
  cursor: string;
  /** Ends it. */
  signal: AbortSignal;
  /** Ends when there is no more for now, instead of waiting. */
  once?: boolean;
}

const PAGE = 1_000;
const LOOK_MS = 500;
const ASKING_MS = 30_000;

// Within a chain entries are committed in the order of their numbers, so none can come behind one that was seen.
const NEXT = `
  SELECT e.chain, e.seq, e.hash, e.body FROM chain c
  LEFT JOIN unnest($1::text[], $2::bigint[]) AS known(chain, seq) ON known.chain = c.chain
  CROSS JOIN LATERAL (
    SELECT chain, seq, hash, body FROM entry WHERE chain = c.chain AND seq > coalesce(known.seq, 0)
    ORDER BY seq LIMIT ${PAGE}
  ) AS e
  ORDER BY e.chain, e.seq LIMIT ${PAGE}`;

/**
 * Writes entries as `ledger show --json` does, each at least once, those of a chain in order. Returns how many. Throws NotGoneOn where
 * the cursor is not of this ledger, LedgerUnavailable, or what writing said.
 */
export async function tailLedger(pool: LedgerPool, out: Writable, options: TailOptions): Promise<number> {
  const ends = await readCursor(options.cursor);
  const missing = await endsMissingIn({ query: query(pool) as never }, ends);
  if (missing) throw new NotGoneOn(missing);
  let count = 0;
  while (!options.signal.aborted) {
    const rows = await pool.query<{ chain: string; seq: string; hash: string; body: string }>(
      NEXT,
      [[...ends.keys()], [...ends.values()].map(({ seq }) => seq)],
      ASKING_MS,
    );
    for (const { chain, seq, hash, body } of rows) {
      await writeLine(out, `${body.slice(0, -1)},"hash":"${hash}"}`);
      ends.set(chain, { seq: Number(seq), hash });
    }
    count += rows.length;
    if (rows.length > 0) {
      await flushed(out);
      await writeCursor(options.cursor, ends);
    }
    if (rows.length === PAGE) continue;
    if (options.once) break;
    await setTimeout(LOOK_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
  return count;
}

const query = (pool: LedgerPool) => async (text: string, values: unknown[]) => ({
  rows: await pool.query(text, values, ASKING_MS),
});

/** Resolves when everything written so far was taken by the system. */
const flushed = (out: Writable) =>
  new Promise<void>((resolve, reject) => out.write('', (error) => (error ? reject(error) : resolve())));

async function readCursor(path: string): Promise<Ends> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (text === '') return new Map();
  try {
    const { ends } = JSON.parse(text) as { ends: [string, { seq: number; hash: string }][] };
    return new Map(ends);
  } catch {
    throw new NotGoneOn(`${path} is no cursor of "ledger tail".`);
  }
}

/** Whole or not at all, also when the machine goes down. */
async function writeCursor(path: string, ends: Ends): Promise<void> {
  const next = `${path}.next`;
  await writeFile(next, `${JSON.stringify({ ends: [...ends] })}\n`, { mode: 0o600, flush: true });
  await rename(next, path);
}
