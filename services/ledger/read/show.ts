import type { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import stringWidth from 'string-width';
import type { EntryDraft } from '../entry/entry.ts';
import { conditionsOf, type EntryFilter } from './entry-filter.ts';
import { plain } from '../entry/entry-words.ts';
import type { LedgerPool } from '../ledger-pool.ts';
import { foundBy } from '../chain/seal.ts';
import { STORED_ENTRY, type StoredEntry } from '../chain/stored-entry.ts';
import { findEntries, saysSo, wordsIn } from './find-entries.ts';

export interface ShowOptions {
  filter: EntryFilter;
  /** The newest so many, oldest of them first. Default 100; null for all. */
  limit?: number | null;
  /** One JSON document a line: the entry's text with its hash added. */
  json?: boolean;
  /** Goes on with what is recorded from now on, until aborted. */
  follow?: AbortSignal;
  /** Of the terminal; lines are cut to it. Not cut when undefined. */
  columns?: number;
}

type Row = StoredEntry;

const DEFAULT_LIMIT = 100;
const PAGE = 1_000;
const FOLLOW_MS = 500;
/** An entry can be committed so much later than its time says: it waited for company, or for the ledger. */
const LATE_MS = 30_000;

/** Prints entries with the login of the pool; returns how many. Throws LedgerUnavailable. */
export async function showEntries(pool: LedgerPool, out: Writable, options: ShowOptions): Promise<number> {
  const { where, values } = conditionsOf(options.filter);
  const limit = options.limit === undefined ? DEFAULT_LIMIT : options.limit;
  const line = options.json ? jsonLine : (row: Row) => humanLine(row, options.columns);
  const began = new Date();
  let count = 0;
  const print = async (rows: readonly Row[]) => {
    for (const row of rows) {
      if (!saysSo(options.filter, row)) continue;
      count++;
      if (!out.write(`${line(row)}\n`)) await new Promise((resolve) => out.once('drain', resolve));
    }
  };
  if (limit !== null) {
    const { entries } = await findEntries(pool, options.filter, { limit });
    await print(entries.reverse());
    if (options.follow) await followOn(pool, options.filter, entries, began, options.follow, print);
    return count;
  }
  let after: Row | undefined;
  for (;;) {
    const n = values.length;
    const rows: Row[] = await pool.query<Row>(
      `SELECT ${STORED_ENTRY} FROM entry WHERE ${where}${after ? ` AND (at, chain, seq) > ($${n + 1}::timestamptz, $${n + 2}, $${n + 3})` : ''}
       ORDER BY entry.at, chain, seq LIMIT ${PAGE}`,
      after ? [...values, after.at, after.chain, after.seq] : values,
      ASKING_MS,
    );
    await print(rows);
    after = rows.at(-1);
    if (rows.length < PAGE) break;
  }
  if (options.follow) await followOn(pool, options.filter, after ? [after] : [], began, options.follow, print);
  return count;
}

const ASKING_MS = 30_000;

async function followOn(
  pool: LedgerPool,
  filter: EntryFilter,
  shown: readonly Row[],
  began: Date,
  until: AbortSignal,
  print: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  const key = (row: Row) => `${row.chain}:${row.seq}`;
  /** Of the last LATE_MS; older ones are not asked for again. */
  let seen = new Set(shown.map(key));
  let newest = began;
  let first = true;
  while (!until.aborted) {
    const since = new Date(newest.getTime() - LATE_MS);
    const { where, values } = conditionsOf({ ...filter, since });
    const rows = await pool.query<Row>(
      `SELECT ${STORED_ENTRY} FROM entry WHERE ${where} ORDER BY entry.at, chain, seq`,
      values,
      ASKING_MS,
    );
    // What is older than the start and was not shown was left out by the limit.
    const fresh = rows.filter((row) => !seen.has(key(row)) && !(first && Date.parse(row.at) < began.getTime()));
    await print(fresh);
    seen = new Set(rows.map(key));
    newest = new Date(rows.reduce((latest, { at }) => Math.max(latest, timeOf(at)), newest.getTime()));
    first = false;
    await setTimeout(FOLLOW_MS, undefined, { signal: until }).catch(() => undefined);
  }
}

/** What is dated beyond now moves nothing on: all that comes after it would be overlooked. */
function timeOf(at: string): number {
  const time = Date.parse(at);
  return time <= Date.now() ? time : 0;
}

/** Spliced, so that the entry's text stays as it was hashed. */
function jsonLine({ body, hash }: Row): string {
  return `${body.slice(0, -1)},"hash":"${hash}"}`;
}

function humanLine(row: Row, columns: number | undefined): string {
  const entry = JSON.parse(row.body) as EntryDraft;
  const { principal, target } = foundBy(entry);
  const at = row.at.slice(0, 19).replace('T', ' ');
  const text = `${at}  ${plain(row.kind).padEnd(18)} ${plain(principal ?? '-').padEnd(12)} ${plain(target ?? '-').padEnd(12)} ${plain(wordsIn(entry))}`;
  return columns === undefined ? text : cut(text, columns);
}

function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let width = 1;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment);
    if (width > columns) break;
    kept += segment;
  }
  return `${kept}…`;
}
