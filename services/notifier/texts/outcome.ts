// What came of elevations that are over, in a few words. What is not certain is never told as nothing.
import type { CountedRows, EndReason } from '../../ledger/entry/entry.ts';
import { inWords } from '../../contract/durations.ts';
import { count } from '../render/times.ts';
import { inline } from '../render/visible.ts';
import type { Story } from './stories.ts';
import type { EventOf } from './words.ts';

export type Ended = EventOf<'elevation.ended'>;

export const WHY: Record<EndReason, string> = {
  unsudo: 'they gave it back',
  transaction: 'it was for one transaction',
  deadline: 'its time was up',
  revoked: 'it was stopped',
  token_revoked: 'their token was revoked or expired',
  disconnected: 'they disconnected',
  reset: 'the session was reset (DISCARD ALL or RESET ALL)',
  writer_lost: 'the connection to the database was lost',
  ledger_lost: 'the gateway could no longer reach its ledger',
  shutdown: 'the gateway was shut down',
  gateway_lost: 'the gateway’s process was lost',
  fault: 'of a fault in the gateway',
};

/** What acts later, or cannot be judged, by effect: as a title, and in a subject. */
export const LEFT: Record<string, [title: string, inCapitals: string]> = {
  code: ['Code that runs later (a function, trigger, view, rule, default, …)', 'CODE'],
  grant: ['Permissions were changed', 'PERMISSIONS'],
  remote: ['Another server was reached', 'ANOTHER SERVER'],
  deferred: ['A job is scheduled', 'A JOB'],
  dynamic: ['Dynamic SQL, which cannot be judged (DO, CALL, an unknown function)', 'DYNAMIC SQL'],
  ddl: ['A change of the schema that names no table (a schema with what is in it, a type, …)', 'A CHANGED SCHEMA'],
  write: ['A change that no table shows (large objects, a sequence that was set, …)', 'AN UNCOUNTED CHANGE'],
};

const OPAQUE: ReadonlySet<string> = new Set(['dynamic', 'remote', 'ddl', 'write']);

export const backendOf = ({ summary, backend }: Ended) => summary?.backend ?? backend;
export const isUnconfirmed = (event: Ended): boolean => backendOf(event) === 'unconfirmed';

export function total(events: Ended[], of: 'statements' | 'failed'): number {
  return events.reduce((sum, { summary }) => sum + (summary?.[of] ?? 0), 0);
}

/** Certainly committed, by tags; most first. */
export function rowsByTable(events: Ended[]): [table: string, rows: number][] {
  const sums = new Map<string, number>();
  for (const { summary } of events) {
    for (const [table, n] of Object.entries(summary?.rows ?? {})) sums.set(table, (sums.get(table) ?? 0) + n);
  }
  return [...sums].sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
}

export function changedTables(events: Ended[]): string[] {
  return [...new Set(events.flatMap(({ summary }) => summary?.changed ?? []))].sort();
}

/** Tables whose triggers, rules or cascading keys may have changed rows that no tag counts. */
export function furtherTables(events: Ended[]): string[] {
  return [...new Set(events.flatMap(({ summary }) => summary?.further ?? []))].sort();
}

/** By table, as the target counted them beside the tags: with what triggers, rules and cascading keys changed. Most first. */
export function countedByTable(events: Ended[]): [table: string, rows: CountedRows][] {
  const sums = new Map<string, CountedRows>();
  for (const { summary } of events) {
    for (const [table, { inserted, updated, deleted }] of Object.entries(summary?.counted ?? {})) {
      const had = sums.get(table) ?? { inserted: 0, updated: 0, deleted: 0 };
      sums.set(table, {
        inserted: had.inserted + inserted,
        updated: had.updated + updated,
        deleted: had.deleted + deleted,
      });
    }
  }
  return [...sums].sort(([a, n], [b, m]) => allOf(m) - allOf(n) || a.localeCompare(b));
}

const allOf = ({ inserted, updated, deleted }: CountedRows): number => inserted + updated + deleted;

/** `10 inserted, 2 updated` */
export function inCounts(rows: CountedRows): string {
  return (['inserted', 'updated', 'deleted'] as const)
    .flatMap((how) => (rows[how] > 0 ? [`${rows[how].toLocaleString('en-US')} ${how}`] : []))
    .join(', ');
}

/** Whether there is more than the tags say. */
function isMore(events: Ended[]): boolean {
  const tags = new Map(rowsByTable(events));
  return countedByTable(events).some(([table, rows]) => allOf(rows) > (tags.get(table) ?? 0));
}

/** Tables of which something may have been committed, with the rows that are known of it. */
export function uncertainTables(events: Ended[]): [table: string, rows: number | null][] {
  const tables = new Map<string, number | null>();
  for (const { summary } of events) {
    for (const [table, n] of Object.entries(summary?.unknown?.rows ?? {})) {
      const before = tables.get(table);
      tables.set(table, before === null ? null : (before ?? 0) + n);
    }
    for (const table of summary?.unknown?.changed ?? []) tables.set(table, null);
  }
  return [...tables].sort(([a], [b]) => a.localeCompare(b));
}

/** What they did to the place that is named next, and where: `wrote 12 rows to`, `public.orders`. */
export interface Did {
  /** `wrote 12 rows` */
  what: string;
  to: 'to' | 'of' | 'on';
  where: string | null;
}

/** A statement over several tables counts under each, so rows are not summed where there are several tables. */
export function whatTheyDid(events: Ended[]): Did {
  const rows = rowsByTable(events);
  const changed = changedTables(events);
  const soFar = events.some(isUnconfirmed);
  const [only] = rows;
  if (changed.length > 0) {
    const tables = [...new Set([...rows.map(([table]) => table), ...changed])];
    const where = tables.length === 1 ? `${tables[0]}, rows not counted` : null;
    return { what: `changed ${count(tables.length, 'table')}`, to: 'of', where };
  }
  if (only && rows.length === 1) return { what: `wrote ${count(only[1], 'row')}`, to: 'to', where: only[0] };
  if (only) return { what: `wrote to ${count(rows.length, 'table')}`, to: 'of', where: null };
  if (events.some(isOpen)) return { what: 'MAY HAVE WRITTEN', to: 'to', where: uncertainWhere(events) };
  if (events.some(({ summary }) => summary === null))
    return { what: 'MAY HAVE WRITTEN', to: 'to', where: 'what is unknown' };
  if (isOpaque(events)) return { what: 'ran statements', to: 'on', where: 'rows not counted' };
  if (total(events, 'statements') === 0)
    return { what: soFar ? 'was not seen to run anything' : 'ran nothing', to: 'on', where: null };
  return { what: soFar ? 'was not seen to write rows' : 'wrote no rows', to: 'to', where: null };
}

/** What there may be beside what is certain; empty when all is known, or all of it was said. */
export function doubts(events: Ended[]): string[] {
  if (rowsByTable(events).length + changedTables(events).length === 0) return [];
  return [
    ...(events.some(isOpen) ? ['MORE MAY HAVE BEEN WRITTEN'] : []),
    ...(events.some(({ summary }) => summary === null) ? ['MORE IS UNKNOWN'] : []),
    ...(isOpaque(events) ? ['and more that is not counted'] : []),
    ...(!isOpaque(events) && (furtherTables(events).length > 0 || isMore(events))
      ? ['and more by its triggers or keys']
      : []),
  ];
}

const isOpen = ({ summary }: Ended): boolean => summary?.unknown !== undefined;

/** What is dynamic or remote writes rows that no tag counts. */
const isOpaque = (events: Ended[]): boolean =>
  events.some(({ summary }) => summary?.leftBehind.some(({ effect }) => OPAQUE.has(effect)));

function uncertainWhere(events: Ended[]): string | null {
  const tables = uncertainTables(events);
  const [only] = tables;
  return tables.length === 0 ? null : only && tables.length === 1 ? only[0] : count(tables.length, 'table');
}

/** What acts later, in capitals; empty when there is nothing. */
export function leftInCapitals(events: Ended[]): string | null {
  const effects = new Set(events.flatMap(({ summary }) => (summary?.leftBehind ?? []).map(({ effect }) => effect)));
  const names = Object.entries(LEFT).flatMap(([effect, [, name]]) => (effects.has(effect) ? [name] : []));
  return names.length > 0 ? names.join(', ') : effects.size > 0 ? 'SOMETHING' : null;
}

/** Tables that a line names; the rest are counted. */
const IN_A_LINE = 5;

/** Of one elevation among several: what came of it, with its rows by table. */
export function outcomeOf({ ended }: Story): string {
  if (ended === null) return 'stopped';
  const left = leftInCapitals([ended]);
  const no = refusedStatements([ended]);
  return [
    ...(isUnconfirmed(ended) ? ['MAY STILL WRITE'] : []),
    ...(left ? [`LEFT ${left} BEHIND`] : []),
    byTable(ended) ?? [whatTheyDid([ended])].map(({ what, where }) => [what, where].filter(Boolean).join(', '))[0],
    ...doubts([ended]),
    ...(no > 0 ? [`${no} refused`] : []),
    inWords((Date.parse(ended.ended_at) - Date.parse(ended.started_at)) / 1_000),
  ].join('; ');
}

/** `1 row of public.orders, 12 rows of public.order_items`; null where nothing is certain. */
function byTable(ended: Ended): string | null {
  const tables = [
    ...rowsByTable([ended]).map(([table, n]) => `${count(n, 'row')} of ${inline(table, 80)}`),
    ...changedTables([ended]).map((table) => `${inline(table, 80)} changed, rows not counted`),
  ];
  if (tables.length === 0) return null;
  const more = tables.length - IN_A_LINE + (ended.summary?.unnamed ?? 0);
  return [...tables.slice(0, IN_A_LINE), ...(more > 0 ? [`and ${count(more, 'more table')}`] : [])].join(', ');
}

/** Statements that policy or the floor refused. */
export function refusedStatements(events: Ended[]): number {
  return events.reduce((sum, { summary }) => sum + (summary?.refused?.statements ?? 0), 0);
}

/** By form, the most frequent first; `unnamed`: statements of forms that are not named. */
export function refusedForms(events: Ended[]): { forms: [statement: string, times: number][]; unnamed: number } {
  const times = new Map<string, number>();
  for (const { summary } of events) {
    for (const { statement, codes, times: n } of summary?.refused?.forms ?? []) {
      const words = `${statement ?? 'a text that is no SQL'} (${codes.join(', ')})`;
      times.set(words, (times.get(words) ?? 0) + n);
    }
  }
  const unnamed = events.reduce((sum, { summary }) => sum + (summary?.refused?.unnamed ?? 0), 0);
  return { forms: [...times].sort(([, n], [, m]) => m - n), unnamed };
}
