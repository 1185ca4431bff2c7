// What a session read, gathered between two commits: one entry holds every execution, and each form of statement once.
import type { Clock } from '../contract/clock.ts';
import type { Decided, EntryDraft } from './entry.ts';

export type ReadsEntry = Extract<EntryDraft, { kind: 'reads'; forms: unknown }>;

/** What ran: equal for all executions that one decision allowed. */
export interface ReadForm {
  fingerprint: string;
  normalized: string;
  type: string;
  effects: string[];
  relations: string[];
  revision: string;
  decided: Decided | null;
}

/** What an execution came to. `durationMs`: since it began. */
export interface ReadResult {
  result: 'ok' | 'error' | 'unknown';
  sqlstate: string | null;
  rows: number | null;
  durationMs: number;
}

/** One execution, from its beginning to its result. */
export interface Read {
  readonly form: ReadForm;
  /** On the monotonic clock. */
  readonly began: number;
  result: ReadResult | null;
  /** Its number in the session, once it is in an entry; 0 before. */
  number: number;
}

export interface ReadLog {
  /** It may run now. Throws LedgerUnavailable when it may not. */
  begin(form: ReadForm): Read;
  end(read: Read, result: ReadResult): void;
  /** How many began. */
  readonly count: number;
  /** What gathered since it was asked last; null when nothing did. */
  take(): EntryDraft | null;
}

export interface ReadLogOptions {
  session: string;
  principal: string;
  target: string;
  clock: Clock;
  /** Something gathers: `take` is to be asked within the flush time. Throws LedgerUnavailable when reads may not run. */
  gathers(): void;
}

/** The log of one session. An execution that still runs when `take` is asked is in that entry as begun, and its result in a later one. */
export function makeReadLog({ clock, gathers, ...of }: ReadLogOptions): ReadLog {
  let begun: Read[] = [];
  /** When the first of them began. */
  let since: string | null = null;
  let ended: Read[] = [];
  let numbered = 0;
  let count = 0;
  return {
    begin(form) {
      gathers();
      const read: Read = { form, began: clock.monotonic(), result: null, number: 0 };
      if (begun.push(read) === 1) since = clock.now().toISOString();
      count++;
      return read;
    },
    end(read, result) {
      read.result = result;
      if (read.number === 0) return;
      ended.push(read);
      try {
        gathers();
      } catch {
        // It stays gathered, and goes with what is taken next, at the latest when the session ends.
      }
    },
    get count() {
      return count;
    },
    take() {
      if (begun.length + ended.length === 0) return null;
      const [reads, late] = [begun, ended];
      begun = [];
      ended = [];
      const first = numbered + 1;
      for (const read of reads) read.number = ++numbered;
      return {
        kind: 'reads',
        ...of,
        first,
        since: reads.length > 0 ? since : null,
        ...columns(reads),
        ended: late.map(endOf),
      };
    },
  };
}

function columns(reads: readonly Read[]): Pick<ReadsEntry, 'forms' | 'runs'> {
  const since = reads[0]?.began ?? 0;
  const forms = new Map<ReadForm, number>();
  const runs: ReadsEntry['runs'] = { form: [], start_us: [], duration_us: [], rows: [], failed: [] };
  for (const [n, { form, began, result }] of reads.entries()) {
    let index = forms.get(form);
    if (index === undefined) {
      index = forms.size;
      forms.set(form, index);
    }
    runs.form.push(index);
    runs.start_us.push(microseconds(began - since));
    runs.duration_us.push(result && microseconds(result.durationMs));
    runs.rows.push(result?.rows ?? null);
    if (result && result.result !== 'ok')
      runs.failed.push({ run: n, result: result.result, sqlstate: result.sqlstate });
  }
  return { forms: [...forms.keys()], runs };
}

function endOf({ number, result }: Read): ReadsEntry['ended'][number] {
  const { result: how, sqlstate, rows, durationMs } = result ?? UNKNOWN;
  return { number, result: how, sqlstate, rows, duration_us: microseconds(durationMs) };
}

const UNKNOWN: ReadResult = { result: 'unknown', sqlstate: null, rows: null, durationMs: 0 };

const microseconds = (ms: number): number => Math.max(0, Math.round(ms * 1_000));

/** What is said of executions whose process was lost before their results. */
export function readsLost(
  of: { session: string; principal: string; target: string },
  numbers: readonly number[],
): EntryDraft {
  const none: Read[] = [];
  const lost = numbers.map((number) => ({
    number,
    result: UNKNOWN.result,
    sqlstate: null,
    rows: null,
    duration_us: 0,
  }));
  return { kind: 'reads', ...of, first: 0, since: null, ...columns(none), ended: lost };
}
