// Entries as tests ask for them: the executions of an entry of reads as intents and outcomes, as write mode has them.
import type { EntryDraft } from '../../services/ledger/entry/entry.ts';
import { executionsOf } from '../../services/ledger/entry/executions.ts';

/** A recorded entry, or one that stands for a part of one. */
export type Entry = EntryDraft & { at: string; seq: number; chain: string };

/** In the order of their times; an entry of reads is replaced by what its executions were. */
export function spreadReads(entries: readonly Entry[]): Entry[] {
  const running = new Map<string, number>();
  const timed: Timed[] = entries.flatMap((entry): Timed[] =>
    entry.kind === 'reads' && entry.runs ? partsOf(entry, running) : [{ time: new Date(entry.at).getTime(), entry }],
  );
  // Entries have whole milliseconds; a read that ended in one goes before what else was recorded in it.
  const key = ({ time, ended = false }: Timed) => 2 * Math.floor(time) + (ended ? 0 : 1);
  // Stable: what has one time stays in the order of the record.
  return timed.sort((a, b) => key(a) - key(b)).map(({ entry }) => entry);
}

interface Timed {
  time: number;
  entry: Entry;
  /** A read's end, or its beginning where that was in the same millisecond. */
  ended?: boolean;
}

/** `running`: when executions began, by their ids; a later entry tells their ends. */
function partsOf(entry: Extract<Entry, { forms: unknown }>, running: Map<string, number>): Timed[] {
  const { session, principal, target, at, seq, chain } = entry;
  const of = { session, principal, target, at, seq, chain, elevation: null };
  const id = (number: number) => `${session} read ${number}`;
  const begun = executionsOf(entry).flatMap(({ number, form, began, result, sqlstate, rows, durationMs }) => {
    const intent: Entry = { kind: 'statement_intent', ...of, statement: id(number), mode: 'read', ...form };
    const at = durationMs === null ? null : Math.floor(began + durationMs);
    const started: Timed = { time: began, entry: intent, ended: at === Math.floor(began) };
    running.set(id(number), began);
    if (result === 'running' || durationMs === null) return [started];
    const how = { result, sqlstate, rows, duration_ms: durationMs };
    const outcome: Entry = { kind: 'statement_outcome', ...of, statement: id(number), ...how };
    return [started, { time: began + durationMs, entry: outcome, ended: true }];
  });
  const ended = entry.ended.map(({ number, duration_us, ...how }): Timed => {
    const start = running.get(id(number));
    const time = start === undefined ? new Date(at).getTime() : start + duration_us / 1_000;
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

/** Of one kind, from rows with a `body`. */
export function entriesOf(rows: readonly Record<string, unknown>[], kind: string): Record<string, unknown>[] {
  const all = rows.map(({ body }) => JSON.parse(String(body)) as Entry);
  return spreadReads(all).filter((entry) => entry.kind === kind) as unknown as Record<string, unknown>[];
}
