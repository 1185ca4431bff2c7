// Entries as tests ask for them: each execution of an entry of reads or writes as an intent and an outcome.
import type { EntryDraft } from '../../services/ledger/entry/entry.ts';
import { executionsOf, type WritesEntry } from '../../services/ledger/entry/executions.ts';

/** A recorded entry, or one that stands for a part of one. */
export type Entry = EntryDraft & { at: string; seq: number; chain: string };

/** In the order of their times; an entry of reads or writes is replaced by what its executions were. */
export function spread(entries: readonly Entry[]): Entry[] {
  const running = new Map<string, number>();
  const timed: Timed[] = entries.flatMap((entry): Timed[] =>
    (entry.kind === 'reads' || entry.kind === 'writes') && entry.runs
      ? partsOf(entry, running)
      : [{ time: new Date(entry.at).getTime(), entry }],
  );
  // Entries have whole milliseconds; an execution that ended in one goes before what else was recorded in it.
  const key = ({ time, ended = false }: Timed) => 2 * Math.floor(time) + (ended ? 0 : 1);
  // Stable: what has one time stays in the order of the record.
  return timed.sort((a, b) => key(a) - key(b)).map(({ entry }) => entry);
}

interface Timed {
  time: number;
  entry: Entry;
  /** An execution's end, or its beginning where that was in the same millisecond. */
  ended?: boolean;
}

/** `running`: when executions began, by their ids; a later entry tells their ends. */
function partsOf(entry: Extract<Entry, { forms: unknown }>, running: Map<string, number>): Timed[] {
  const { session, principal, target, at, seq, chain } = entry;
  const mode = entry.kind === 'writes' ? 'write' : 'read';
  const of = { session, principal, target, at, seq, chain, elevation: elevationOf(entry) };
  const id = (number: number) => `${session} ${mode} ${number}`;
  const begun = executionsOf(entry).flatMap((execution) => {
    const { number, form, began, result, sqlstate, rows, durationMs, transaction, written, commits } = execution;
    const intent: Entry = {
      ...{ kind: 'statement_intent', ...of, statement: id(number), mode, ...form },
      ...(commits !== undefined && { transaction: commits }),
    };
    const at = durationMs === null ? null : Math.floor(began + durationMs);
    const started: Timed = { time: began, entry: intent, ended: at === Math.floor(began) };
    running.set(id(number), began);
    if (result === 'running' || durationMs === null) return [started];
    const how = {
      ...{ result, sqlstate, rows, duration_ms: durationMs },
      ...{ ...(transaction && { transaction }), ...(written && { written }) },
    };
    const outcome: Entry = { kind: 'statement_outcome', ...of, statement: id(number), ...how };
    return [started, { time: began + durationMs, entry: outcome, ended: true }];
  });
  const ended = entry.ended.map(({ number, duration_us, ...how }): Timed => {
    const start = running.get(id(number));
    // What another gateway settles is told when it is settled.
    const told = start === undefined || (how.result === 'unknown' && duration_us === 0);
    const time = told ? new Date(at).getTime() : start + duration_us / 1_000;
    const outcome: Entry = {
      kind: 'statement_outcome',
      ...of,
      statement: id(number),
      ...how,
      duration_ms: duration_us / 1_000,
    };
    return { time, entry: outcome, ended: true };
  });
  return [...begun, ...ended];
}

const elevationOf = (entry: WritesEntry | Extract<Entry, { forms: unknown }>): string | null =>
  entry.kind === 'writes' ? entry.elevation : null;

/** Of one kind, from rows with a `body`. */
export function entriesOf(rows: readonly Record<string, unknown>[], kind: string): Record<string, unknown>[] {
  const all = rows.map(({ body }) => JSON.parse(String(body)) as Entry);
  return spread(all).filter((entry) => entry.kind === kind) as unknown as Record<string, unknown>[];
}
