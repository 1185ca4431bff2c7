// The ledger's decisions as replay takes them: entries page by page, the parts that they were made on beside them.
import { setTimeout } from 'node:timers/promises';
import type { Decided, EntryDraft } from '../../ledger/entry/entry.ts';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import {
  type DecisionPage,
  type Decisions,
  PAGE_DECISIONS,
  type RecordedDecision,
} from '../../policy/replay/decisions.ts';

export interface DecisionFilter {
  since: Date;
  until?: Date;
  /** Only what this revision decided. */
  revision?: string;
  /** Only entries of what was refused; of administration, all. */
  refused?: boolean;
}

const REFUSED = [
  'statement_refused',
  'elevation_refused',
  'answer_refused',
  'admin_decided',
] satisfies EntryDraft['kind'][];

const KINDS = [
  ...REFUSED,
  'statement_intent',
  'reads',
  'writes',
  'elevation_started',
  'elevation_extended',
  'elevation_reviewed',
  'request_made',
  'request_approved',
  'request_denied',
] satisfies EntryDraft['kind'][];

const kindsOf = ({ refused }: Pick<DecisionFilter, 'refused'>) => (refused ? REFUSED : KINDS);

const ASKING_MS = 60_000;
/** Characters of parts that are remembered between pages. */
const REMEMBERED = 64_000_000;
const FOLLOW_MS = 250;
/** An entry can be committed so much later than its time says: it waited for company, or for the ledger. */
const LATE_MS = 30_000;

interface Row {
  at: Date;
  chain: string;
  seq: string;
  body: string;
}
type Place = Pick<Row, 'at' | 'chain' | 'seq'>;

/** Decisions that entries hold, for a progress bar. */
export async function countDecisions(pool: LedgerPool, filter: DecisionFilter): Promise<number> {
  const [row] = await pool.query<{ n: string }>(
    `SELECT coalesce(sum(CASE WHEN body::jsonb ? 'forms' THEN jsonb_array_length(body::jsonb -> 'forms') ELSE 1 END), 0) AS n
     FROM entry WHERE ${WHERE}`,
    [filter.since, filter.until ?? null, kindsOf(filter), filter.revision ?? null],
    ASKING_MS,
  );
  return Number(row?.n ?? 0);
}

const WHERE = `at >= $1 AND ($2::timestamptz IS NULL OR at < $2) AND kind = ANY ($3)
  AND (body::jsonb @? '$.forms[*].decided' OR jsonb_typeof(body::jsonb -> 'decided') = 'object')
  AND ($4::text IS NULL OR body::jsonb ->> 'revision' = $4 OR body::jsonb @> jsonb_build_object('forms', jsonb_build_array(jsonb_build_object('revision', $4::text))))`;

export async function* recordedDecisions(pool: LedgerPool, filter: DecisionFilter): Decisions {
  const parts = makeParts(pool);
  let after: Place | null = null;
  for (;;) {
    const rows: Row[] = await entries(pool, filter, after);
    after = rows.at(-1) ?? after;
    yield* pagesOf(rows, filter, parts);
    if (rows.length < PAGE_DECISIONS) return;
  }
}

/** What is recorded from `since` on, as it comes, until aborted. */
export async function* followDecisions(pool: LedgerPool, since: Date, until: AbortSignal): Decisions {
  const parts = makeParts(pool);
  const key = ({ chain, seq }: Place) => `${chain}:${seq}`;
  /** Of the last LATE_MS; older ones are not asked for again. */
  let seen = new Map<string, Date>();
  let newest = since;
  for (let last = false; !last; ) {
    // What was recorded until the end is looked at once more.
    last = until.aborted;
    const from = new Date(Math.max(since.getTime(), newest.getTime() - LATE_MS));
    let after: Place | null = null;
    for (;;) {
      const rows: Row[] = await entries(pool, { since: from }, after);
      after = rows.at(-1) ?? after;
      const fresh = rows.filter((row) => !seen.has(key(row)));
      for (const row of rows) seen.set(key(row), row.at);
      newest = latest(rows, newest);
      yield* pagesOf(fresh, {}, parts);
      if (rows.length < PAGE_DECISIONS) break;
    }
    seen = new Map([...seen].filter(([, at]) => at.getTime() >= newest.getTime() - LATE_MS));
    if (!last) await setTimeout(FOLLOW_MS, undefined, { signal: until }).catch(() => undefined);
  }
}

/** What is dated beyond now moves nothing on: all that comes after it would be overlooked. */
function latest(rows: readonly Row[], before: Date): Date {
  const now = new Date();
  return rows.reduce((newest, { at }) => (at > newest && at <= now ? at : newest), before);
}

function entries(pool: LedgerPool, filter: DecisionFilter, after: Place | null): Promise<Row[]> {
  const beyond = after ? 'AND (at, chain, seq) > ($5, $6, $7)' : '';
  return pool.query<Row>(
    `SELECT at, chain, seq, body FROM entry WHERE ${WHERE} ${beyond} ORDER BY at, chain, seq LIMIT ${PAGE_DECISIONS}`,
    [
      filter.since,
      filter.until ?? null,
      kindsOf(filter),
      filter.revision ?? null,
      ...(after ? [after.at, after.chain, after.seq] : []),
    ],
    ASKING_MS,
  );
}

interface Parts {
  /** Texts of those that there still are. */
  fetch(hashes: ReadonlySet<string>): Promise<Map<string, string>>;
}

function makeParts(pool: LedgerPool): Parts {
  let known = new Map<string, string>();
  let size = 0;
  return {
    async fetch(hashes) {
      const missing = [...hashes].filter((hash) => !known.has(hash));
      const fresh =
        missing.length === 0
          ? []
          : await pool.query<{ hash: string; part: string }>(
              'SELECT DISTINCT ON (hash) hash, part FROM kept WHERE hash = ANY ($1)',
              [missing],
              ASKING_MS,
            );
      const found = new Map(fresh.map(({ hash, part }) => [hash, part]));
      for (const hash of hashes) {
        const text = known.get(hash);
        if (text !== undefined) found.set(hash, text);
      }
      if (size > REMEMBERED) {
        known = new Map();
        size = 0;
      }
      for (const { hash, part } of fresh) {
        known.set(hash, part);
        size += part.length;
      }
      return found;
    },
  };
}

/** An entry of reads or writes holds several decisions. */
async function* pagesOf(
  rows: readonly Row[],
  { revision }: Pick<DecisionFilter, 'revision'>,
  parts: Parts,
): AsyncGenerator<DecisionPage> {
  const all = rows.flatMap(decisionsOf).filter((each) => revision === undefined || each.revision === revision);
  for (let from = 0; from < all.length; from += PAGE_DECISIONS) {
    const decisions = all.slice(from, from + PAGE_DECISIONS);
    const hashes = decisions.flatMap(({ context, facts }) => (facts === null ? [context] : [context, facts]));
    yield { decisions, parts: await parts.fetch(new Set(hashes)) };
  }
}

/** Of entries from before answers were recorded. */
const UNSAID = { result: null, codes: [], terms: {} };

function decisionsOf(row: Row): RecordedDecision[] {
  const entry = JSON.parse(row.body) as EntryDraft;
  if ((entry.kind === 'reads' || entry.kind === 'writes') && entry.runs) {
    return entry.forms.flatMap((form, index) => {
      const count = entry.runs.form.filter((each) => each === index).length;
      return form.decided ? decisionOf(row, entry, form.decided, form.revision, { ...form, count }) : [];
    });
  }
  // Refused because there was no policy: nothing decided.
  if (!('decided' in entry) || !entry.decided || entry.revision === null) return [];
  return [decisionOf(row, entry, entry.decided, entry.revision, aboutOf(entry))];
}

function decisionOf(
  { chain, seq, at }: Row,
  { principal, target }: { principal: string; target: string | null },
  decided: Decided,
  revision: string,
  { fingerprint, normalized, count }: Pick<RecordedDecision, 'fingerprint' | 'normalized' | 'count'>,
): RecordedDecision {
  const { entrypoint, context, facts, clock } = decided;
  const { said }: Partial<Decided> = decided;
  return {
    entry: `${chain}:${seq}`,
    at: at.toISOString(),
    ...{ entrypoint, context, facts, clock, revision, principal },
    ...(said ?? UNSAID),
    target: target ?? 'no target',
    ...{ fingerprint, normalized, count },
  };
}

/** What flips are grouped by and shown as, and how many decisions the entry stands for. */
function aboutOf(entry: EntryDraft): Pick<RecordedDecision, 'fingerprint' | 'normalized' | 'count'> {
  switch (entry.kind) {
    case 'statement_intent':
    case 'statement_refused':
      return { fingerprint: entry.fingerprint, normalized: entry.normalized, count: 1 };
    case 'reads':
      return entry.runs ? NOTHING : entry;
    case 'admin_decided':
      return { fingerprint: entry.action, normalized: entry.action, count: 1 };
    default:
      return NOTHING;
  }
}

const NOTHING = { fingerprint: null, normalized: null, count: 1 };
