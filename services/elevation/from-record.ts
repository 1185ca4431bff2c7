// What an elevation wrote, from the record alone: of a gateway that was lost with what it had counted.
import type { ElevationSummary, TransactionState, Written } from '../ledger/entry/entry.ts';
import { executionsOf, type WritesEntry } from '../ledger/entry/executions.ts';
import { RefusedForms } from './refused-forms.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';

/** A statement of the elevation, with its outcome as far as there is one. */
export interface RecordedStatement extends Record<string, unknown> {
  type: string;
  effects: string[];
  relations: string[];
  normalized: string;
  /** Of a COMMIT: the id of the target's transaction. */
  id: string | null;
  result: 'ok' | 'error' | 'unknown' | null;
  transaction: TransactionState | null;
  written: Written | null;
}

/** Of an elevation that was recorded before there were entries of writes. In the order in which they were begun: an outcome may be recorded later than what followed it. */
const STATEMENTS = `
  SELECT i.body::jsonb ->> 'type' AS type, i.body::jsonb -> 'effects' AS effects, i.body::jsonb -> 'relations' AS relations,
    i.body::jsonb ->> 'normalized' AS normalized, i.body::jsonb ->> 'transaction' AS id,
    o.body::jsonb ->> 'result' AS result, o.body::jsonb ->> 'transaction' AS transaction, o.body::jsonb -> 'written' AS written
  FROM entry i LEFT JOIN entry o ON o.statement = i.statement AND o.kind = 'statement_outcome'
  WHERE i.elevation = $1 AND i.kind = 'statement_intent' ORDER BY i.at, i.seq`;
const REFUSED = `
  SELECT body::jsonb ->> 'normalized' AS statement, body::jsonb -> 'reasons' AS codes FROM entry
  WHERE elevation = $1 AND kind = 'statement_refused' ORDER BY at, seq`;
const WRITES = "SELECT body FROM entry WHERE elevation = $1 AND kind = 'writes' ORDER BY at, seq";
const QUERY_MS = 30_000;

const CHANGES_NOTHING: ReadonlySet<string> = new Set(['read', 'session', 'transaction', 'lock']);
const LEAVES_BEHIND: ReadonlySet<string> = new Set(['code', 'grant', 'remote', 'deferred', 'dynamic']);
const STAYS: ReadonlySet<string> = new Set(['dynamic', 'remote', 'write']);
/** Its effects, where they change no table that is named. Which functions it called is not recorded, so `nextval` may be among these. */
const leftBy = ({ effects, relations }: RecordedStatement): string[] => {
  const left = effects.filter((effect) => LEAVES_BEHIND.has(effect));
  if (left.length > 0 || relations.length > 0) return left;
  return effects.includes('ddl') ? ['ddl'] : effects.filter((effect) => effect === 'write');
};
const MOST_NAMED = { changed: 200, left: 50 };

/**
 * `committed`: asks the target what became of a transaction, null where it does not say. The writer's backend must have been
 * ended before. Never less than what may have been: what has no outcome is unknown, and with it what stood in its transaction.
 */
export async function summaryFromRecord(
  pool: Pick<LedgerPool, 'query'>,
  elevation: string,
  backend: ElevationSummary['backend'],
  committed: (transaction: string) => Promise<boolean | null>,
): Promise<ElevationSummary> {
  const refused = new RefusedForms();
  const refusals = await pool.query<{ statement: string | null; codes: string[] }>(REFUSED, [elevation], QUERY_MS);
  for (const { statement, codes } of refusals) refused.add(statement, codes);
  return { ...(await summaryOf(await statementsOf(pool, elevation), backend, committed)), ...refused.summary };
}

/** An elevation's statements, as the record has them, in the order in which they were begun. */
export async function statementsOf(pool: Pick<LedgerPool, 'query'>, elevation: string): Promise<RecordedStatement[]> {
  const apart = await pool.query<RecordedStatement>(STATEMENTS, [elevation], QUERY_MS);
  const byNumber = new Map<number, RecordedStatement>();
  for (const { body } of await pool.query<{ body: string }>(WRITES, [elevation], QUERY_MS)) {
    const entry: WritesEntry = JSON.parse(body);
    for (const { number, form, result, transaction = null, written = null, commits = null } of executionsOf(entry)) {
      const { type, effects, relations, normalized } = form;
      const how = { result: result === 'running' ? null : result, transaction, written };
      byNumber.set(number, { type, effects, relations, normalized, id: commits, ...how });
    }
    for (const { number, result, transaction = null, written = null } of entry.ended) {
      const statement = byNumber.get(number);
      if (statement) Object.assign(statement, { result, transaction, written });
    }
  }
  return [...apart, ...byNumber.values()];
}

/** See `summaryFromRecord`; without what was refused. */
export async function summaryOf(
  all: RecordedStatement[],
  backend: ElevationSummary['backend'],
  committed: (transaction: string) => Promise<boolean | null>,
): Promise<ElevationSummary> {
  const rows = new Map<string, number>();
  const changed = new Set<string>();
  const further = new Set<string>();
  let counted: Written['counted'];
  const unknown = new Set<string>();
  const left = new Map<string, ElevationSummary['leftBehind'][number]>();
  let open = 0;
  let rolledBack = false;
  const leave = (each: RecordedStatement, effects: (effect: string) => boolean, uncertain: boolean) => {
    for (const effect of leftBy(each).filter(effects)) {
      const key = `${effect} ${each.normalized}`;
      const known = left.get(key);
      if (!known || known.unknown)
        left.set(key, { effect, statement: each.normalized, ...(uncertain && { unknown: true }) });
    }
  };

  for (const group of transactions(all)) {
    const ran = group.filter(({ result, effects }) => result !== 'error' && !effects.every(changesNothing));
    for (const { written } of group) {
      for (const [table, count] of Object.entries(written?.rows ?? {})) rows.set(table, (rows.get(table) ?? 0) + count);
      for (const table of written?.changed ?? []) changed.add(table);
      for (const table of written?.further ?? []) further.add(table);
      if (written?.counted) counted = withCounted(counted, written.counted);
    }
    for (const each of group) if (each.result === 'error') leave(each, (effect) => effect === 'dynamic', false);
    const fate = await fateOf(group, committed);
    const wasOpen = group.at(-1)?.transaction !== 'rolled_back' && group.some((each) => each.transaction === 'open');
    if (fate === 'rolled_back' && wasOpen) rolledBack = true;
    for (const each of ran) {
      leave(each, (effect) => fate !== 'rolled_back' || STAYS.has(effect), fate === 'unknown');
      // Which of them were only read is not in the intent.
      if (fate === 'unknown') for (const table of each.relations) unknown.add(table);
      if (fate === 'asked') for (const table of each.relations) changed.add(table);
    }
    if (fate === 'unknown') open += ran.length;
  }

  const unnamed = left.size - MOST_NAMED.left;
  return {
    statements: all.length,
    failed: all.filter(({ result }) => result === 'error').length,
    rows: Object.fromEntries(rows),
    ...named(changed),
    ...(further.size > 0 ? { further: [...further].sort().slice(0, MOST_NAMED.changed) } : {}),
    ...(counted ? { counted } : {}),
    ...(open > 0 ? { unknown: { statements: open, rows: {}, ...named(unknown) } } : {}),
    leftBehind: [...left.values()].slice(0, MOST_NAMED.left),
    ...(unnamed > 0 ? { moreLeftBehind: unnamed } : {}),
    rolledBack: rolledBack && open === 0,
    backend,
  };
}

function withCounted(sum: Written['counted'], more: NonNullable<Written['counted']>): NonNullable<Written['counted']> {
  const all = new Map(Object.entries(sum ?? {}));
  for (const [table, { inserted, updated, deleted }] of Object.entries(more)) {
    const had = all.get(table) ?? { inserted: 0, updated: 0, deleted: 0 };
    all.set(table, {
      inserted: had.inserted + inserted,
      updated: had.updated + updated,
      deleted: had.deleted + deleted,
    });
  }
  return Object.fromEntries(all);
}

/** Statements that shared a transaction, or seem to: each group ends with one whose outcome says that it was over. */
function transactions(all: RecordedStatement[]): RecordedStatement[][] {
  const groups: RecordedStatement[][] = [];
  let group: RecordedStatement[] = [];
  for (const each of all) {
    group.push(each);
    if (each.transaction !== 'committed' && each.transaction !== 'rolled_back') continue;
    groups.push(group);
    group = [];
  }
  return group.length > 0 ? [...groups, group] : groups;
}

/** `asked`: committed, as the target says, with rows that nobody counted. */
async function fateOf(
  group: RecordedStatement[],
  committed: (transaction: string) => Promise<boolean | null>,
): Promise<'committed' | 'rolled_back' | 'unknown' | 'asked'> {
  const last = group.at(-1);
  if (!last) return 'rolled_back';
  const lost = group.filter(({ result }) => result === null || result === 'unknown');
  if (lost.length === 0 && last.transaction === 'committed') return 'committed';
  const others = group.filter((each) => !lost.includes(each));
  const inBlock = others.every(({ result, transaction }) => result === 'error' || transaction === 'open');
  if (lost.length === 0) return inBlock || last.transaction === 'rolled_back' ? 'rolled_back' : 'unknown';
  // In a block only a COMMIT commits. One that failed has ended it, and what its batch came to was told with the last of it.
  const ended = group.some(({ type, result }) => type === 'TransactionStmt' && result === 'error');
  if (group[0]?.transaction === 'open' && !ended && lost.every(({ type }) => type !== 'TransactionStmt'))
    return 'rolled_back';
  if (!inBlock || lost.length > 1 || lost[0] !== last || last.id === null) return 'unknown';
  const said = await committed(last.id);
  if (said === null) return 'unknown';
  return said ? 'asked' : 'rolled_back';
}

const changesNothing = (effect: string) => CHANGES_NOTHING.has(effect);

function named(tables: ReadonlySet<string>): Pick<Written, 'changed' | 'unnamed'> {
  const changed = [...tables].sort();
  if (changed.length === 0) return {};
  const unnamed = changed.length - MOST_NAMED.changed;
  return { changed: changed.slice(0, MOST_NAMED.changed), ...(unnamed > 0 ? { unnamed } : {}) };
}
