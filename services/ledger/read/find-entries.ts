// Searching the record, the newest first, a page at a time: for `ledger show` and the console alike.
import type { EntryDraft } from '../entry/entry.ts';
import { wordsOf } from '../entry/entry-words.ts';
import { foundBy } from '../chain/seal.ts';
import { fieldsIn, isAsPlaced, STORED_ENTRY, type StoredEntry } from '../chain/stored-entry.ts';
import type { LedgerPool } from '../ledger-pool.ts';
import { conditionsOf, type EntryFilter } from './entry-filter.ts';
import type { Pair } from './elevation-records.ts';

/** What came of statements; `refused`: of those that did not run, and of write mode that was asked for. */
export const OUTCOMES = ['committed', 'rolled_back', 'error', 'unknown', 'refused'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface EntrySearch extends EntryFilter {
  /** `schema.table`, or a table of `public`. */
  relation?: string;
  /** A fingerprint, or what stands in a statement's text, its literals left out. */
  form?: string;
  outcome?: Outcome;
  /** Only of these; one without a target has '' there. */
  among?: readonly Pair[];
}

/** Where a page ended: the entry that came last. */
export type EntryPlace = Pick<StoredEntry, 'at' | 'chain' | 'seq'>;

export interface EntryPage {
  /** At most so many. */
  limit: number;
  /** Only what comes behind it in the list. */
  after?: EntryPlace | undefined;
}

export interface FoundEntries {
  entries: StoredEntry[];
  /** For `after`, where there may be more: behind it, or behind as much as one page looks at. Null at the end. */
  next: EntryPlace | null;
}

/** Entries that one page looks at, where a text must be read to know whether it is one that is searched for. */
const LOOKED_AT = 5_000;
const ASKING_MS = 30_000;

/** Throws LedgerUnavailable. */
export async function findEntries(
  pool: Pick<LedgerPool, 'query'>,
  { relation, form, outcome, among, ...filter }: EntrySearch,
  { limit, after }: EntryPage,
): Promise<FoundEntries> {
  const { where, values } = conditionsOf(filter);
  const value = (given: unknown) => `$${values.push(given)}`;
  const near = [where];
  if (among !== undefined) {
    const principals = value(among.map((pair) => pair.principal));
    const targets = value(among.map((pair) => pair.target));
    near.push(`(principal, coalesce(target, '')) IN (SELECT * FROM unnest(${principals}::text[], ${targets}::text[]))`);
  }
  if (after !== undefined)
    near.push(
      `(entry.at, chain, seq) < (${value(after.at)}::timestamptz, ${value(after.chain)}::text, ${value(after.seq)}::bigint)`,
    );
  const deep = deepConditions({ relation, form, outcome }, value);
  const most = Math.max(0, Math.trunc(limit));
  const window = deep.length > 0 ? Math.max(LOOKED_AT, most + 1) : most + 1;
  const rows = await pool.query<StoredEntry & { n: string; matches: boolean }>(
    `WITH looked AS (
       SELECT *, row_number() OVER (ORDER BY at DESC, chain DESC, seq DESC) AS n, ${deep.join(' AND ') || 'true'} AS matches FROM (
         SELECT * FROM entry WHERE ${near.join(' AND ')} ORDER BY entry.at DESC, chain DESC, seq DESC LIMIT ${window}
       ) AS near
     )
     SELECT ${STORED_ENTRY}, n, matches FROM looked WHERE matches OR n = ${window}
     ORDER BY looked.at DESC, looked.chain DESC, looked.seq DESC LIMIT ${most + 1}`,
    values,
    ASKING_MS,
  );
  const matching = rows.filter(({ matches }) => matches);
  const page = matching.slice(0, most);
  const last = matching.length > most ? page.at(-1) : rows.find(({ n }) => Number(n) === window);
  return {
    entries: page.filter((row) => saysSo(filter, row)).map(({ n: _n, matches: _matches, ...row }) => row),
    next: last ? { at: last.at, chain: last.chain, seq: last.seq } : null,
  };
}

/** Conditions on an entry's text. To read it takes long: what has not even the letters in it is not read. */
function deepConditions(
  { relation, form, outcome }: { [name in 'relation' | 'form' | 'outcome']: EntrySearch[name] | undefined },
  value: (given: unknown) => string,
): string[] {
  const conditions: string[] = [];
  const body = 'body::jsonb';
  if (relation !== undefined) {
    const names = relation.includes('.') ? [relation] : [relation, `public.${relation}`];
    const said = names.flatMap((name) => [{ forms: [{ relations: [name] }] }, { relations: [name] }]);
    const letters = names.map((name) => `strpos(body, ${value(JSON.stringify(name))}) > 0`).join(' OR ');
    conditions.push(`(${letters}) AND ${body} @> ANY (${value(said.map((each) => JSON.stringify(each)))}::jsonb[])`);
  }
  if (form !== undefined) {
    const wanted = `${value(form)}::text`;
    // As it stands in JSON, without its quotes.
    const letters = `strpos(lower(body), lower(${value(JSON.stringify(form).slice(1, -1))})) > 0`;
    const isIt = (of: string) =>
      `(${of} ->> 'fingerprint' = ${wanted} OR strpos(lower(${of} ->> 'normalized'), lower(${wanted})) > 0)`;
    conditions.push(
      `${letters} AND (${isIt(`(${body})`)} OR EXISTS (SELECT FROM jsonb_path_query(${body}, '$.forms[*]') AS f WHERE ${isIt('f')}))`,
    );
  }
  if (outcome !== undefined) conditions.push(CAME_OF[outcome]);
  // Of what is not so, null is no answer either.
  return conditions.map((condition) => `coalesce(${condition}, false)`);
}

const oneOf = (letters: string, ...said: object[]): string =>
  `strpos(body, '"${letters}"') > 0 AND (${said.map((each) => `body::jsonb @> '${JSON.stringify(each)}'`).join(' OR ')})`;
const CAME_OF: Record<Outcome, string> = {
  committed: oneOf('committed', { runs: { transaction: ['committed'] } }, { ended: [{ transaction: 'committed' }] }),
  rolled_back: oneOf(
    'rolled_back',
    { runs: { transaction: ['rolled_back'] } },
    { ended: [{ transaction: 'rolled_back' }] },
  ),
  error: oneOf(
    'error',
    { runs: { failed: [{ result: 'error' }] } },
    { ended: [{ result: 'error' }] },
    { result: 'error' },
  ),
  unknown: oneOf(
    'unknown',
    { runs: { failed: [{ result: 'unknown' }] } },
    { ended: [{ result: 'unknown' }] },
    { result: 'unknown' },
  ),
  refused: "kind IN ('statement_refused', 'elevation_refused')",
};

/** The columns find an entry; its text is what is believed. What columns hide from here, `ledger verify` finds. */
export function saysSo({ principal, target, session, elevation, kinds }: EntryFilter, row: StoredEntry): boolean {
  const said = fieldsIn(row.body);
  if (typeof said === 'string' || !isAsPlaced(said, row)) return false;
  const names = foundBy(said);
  return (
    (kinds === undefined || kinds.some((each) => each === said.kind)) &&
    (principal === undefined || names.principal === principal) &&
    (target === undefined || names.target === target) &&
    (session === undefined || names.session === session) &&
    (elevation === undefined || names.elevation === elevation)
  );
}

/** In one line. Whoever may insert can insert an entry that lacks what its kind has. */
export function wordsIn(entry: EntryDraft): string {
  try {
    return wordsOf(entry) ?? 'of a kind that this version does not know';
  } catch {
    return 'its fields are not of its kind';
  }
}

/** Everybody of whom the record has something, by name; at most a thousand. Throws LedgerUnavailable. */
export async function recordedPrincipals(pool: Pick<LedgerPool, 'query'>): Promise<string[]> {
  // From name to name by the index: there are few names in many entries.
  const rows = await pool.query<{ principal: string }>(
    `WITH RECURSIVE known AS (
       (SELECT principal FROM entry WHERE principal IS NOT NULL ORDER BY principal LIMIT 1)
       UNION ALL
       SELECT (SELECT e.principal FROM entry e WHERE e.principal > known.principal ORDER BY e.principal LIMIT 1)
       FROM known WHERE known.principal IS NOT NULL
     ) SELECT principal FROM known WHERE principal IS NOT NULL LIMIT 1000`,
    [],
    ASKING_MS,
  );
  return rows.map(({ principal }) => principal);
}
