// The executions that an entry of reads or writes stands for, as if each had an intent and an outcome of its own.
import type { EntryDraft, Form, TransactionState, Written } from './entry.ts';

export type ReadsEntry = Extract<EntryDraft, { kind: 'reads'; forms: unknown }>;
export type WritesEntry = Extract<EntryDraft, { kind: 'writes' }>;

export interface Execution {
  /** Among the session's executions in that mode, from 1. */
  number: number;
  form: Form;
  /** Milliseconds since 1970, with fractions. */
  began: number;
  /** `running`: as the entry was made; a later entry of the session says how it ended. */
  result: 'ok' | 'error' | 'unknown' | 'running';
  sqlstate: string | null;
  rows: number | null;
  durationMs: number | null;
  /** In write mode, where it is known. */
  transaction?: TransactionState;
  written?: Written;
  /** Of a COMMIT: the id of the target's transaction. */
  commits?: string;
}

/** In the order in which they began. Throws for an entry whose columns are not equally long. */
export function executionsOf({ first, since, forms, runs }: ReadsEntry | WritesEntry): Execution[] {
  const failed = new Map(runs.failed.map((each) => [each.run, each]));
  const began = new Date(since ?? 0).getTime();
  const ofWrites = 'commits' in runs ? runs : null;
  const written = new Map(ofWrites?.written.map(({ run, ...what }) => [run, what]));
  const commits = new Map(ofWrites?.commits.map(({ run, id }) => [run, id]));
  return runs.form.map((index, n) => {
    const form = forms[index];
    const [start, duration, rows] = [runs.start_us[n], runs.duration_us[n], runs.rows[n]];
    if (!form || start === undefined || duration === undefined || rows === undefined)
      throw new Error('the columns of reads are not equally long');
    const failure = failed.get(n);
    const transaction = ofWrites?.transaction[n];
    const [what, id] = [written.get(n), commits.get(n)];
    return {
      number: first + n,
      form,
      began: began + start / 1_000,
      result: duration === null ? 'running' : (failure?.result ?? 'ok'),
      sqlstate: failure?.sqlstate ?? null,
      rows,
      durationMs: duration === null ? null : duration / 1_000,
      ...(transaction && { transaction }),
      ...(what && { written: what }),
      ...(id !== undefined && { commits: id }),
    };
  });
}
