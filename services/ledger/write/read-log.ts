// What a session read, gathered between two commits: one entry holds every execution, and each form of statement once.
import type { Clock } from '../../contract/clock.ts';
import type { EntryDraft, Form } from '../entry/entry.ts';
import type { ReadsEntry } from '../entry/executions.ts';

/** What an execution came to. `durationMs`: since it began. */
export interface ReadResult {
  result: 'ok' | 'error' | 'unknown';
  sqlstate: string | null;
  rows: number | null;
  durationMs: number;
}

/** One execution, from its beginning to its result. */
export interface Read {
  readonly form: Form;
  /** On the monotonic clock. */
  readonly began: number;
  result: ReadResult | null;
  /** Its number in the session, once it is in an entry; 0 before. */
  number: number;
}

export interface ReadLog {
  /** It may run now. Throws LedgerUnavailable when it may not. */
  begin(form: Form): Read;
  end(read: Read, result: ReadResult): void;
  /** How many began. */
  readonly count: number;
  /** Some began that are in no entry yet. */
  readonly fresh: boolean;
  /** A part of what gathered, what began before what ended; null when nothing is left. So that one entry is never large. */
  take(): EntryDraft | null;
}

export interface ReadLogOptions {
  session: string;
  principal: string;
  target: string;
  clock: Clock;
  /** Something gathers: `take` is to be asked within the flush time. Throws LedgerUnavailable: of a statement when it may not run, of an outcome when the record is closed. */
  gathers(lane: 'statement' | 'outcome'): void;
}

/** Of one entry: some milliseconds to make, and a few hundred kB. */
export const MOST = { executions: 2_000, characters: 256 * 1_024 };

/** The log of one session. An execution that still runs when `take` is asked is in that entry as begun, and its result in a later one. */
export function makeReadLog({ clock, gathers, ...of }: ReadLogOptions): ReadLog {
  const begun: Read[] = [];
  /** The same moment on both clocks. */
  let since = { wall: 0, monotonic: 0 };
  const ended: Read[] = [];
  let numbered = 0;
  let count = 0;
  return {
    begin(form) {
      gathers('statement');
      const read: Read = { form, began: clock.monotonic(), result: null, number: 0 };
      if (begun.push(read) === 1) since = { wall: clock.now().getTime(), monotonic: read.began };
      count++;
      return read;
    },
    end(read, result) {
      read.result = result;
      if (read.number === 0) return;
      ended.push(read);
      try {
        gathers('outcome');
      } catch {
        // The record takes nothing more, of anybody: another gateway settles what this one leaves.
      }
    },
    get count() {
      return count;
    },
    get fresh() {
      return begun.length > 0;
    },
    take() {
      if (begun.length + ended.length === 0) return null;
      const reads = begun.splice(0, fitting(begun));
      const late = begun.length > 0 ? [] : ended.splice(0, MOST.executions - reads.length);
      const first = numbered + 1;
      for (const read of reads) read.number = ++numbered;
      const [read] = reads;
      const wall = read && Math.floor(since.wall + read.began - since.monotonic);
      return {
        kind: 'reads',
        ...of,
        first,
        since: wall === undefined ? null : new Date(wall).toISOString(),
        ...columns(reads, wall === undefined ? 0 : since.monotonic + wall - since.wall),
        ended: late.map(endOf),
      };
    },
  };
}

/** How many of the first fit into one entry. */
export function fitting(reads: readonly Pick<Read, 'form'>[]): number {
  const forms = new Set<Form>();
  let characters = 0;
  for (const [n, { form }] of reads.entries()) {
    if (n === MOST.executions) return n;
    if (forms.has(form)) continue;
    forms.add(form);
    characters += form.normalized.length + 500;
    if (n > 0 && characters > MOST.characters) return n;
  }
  return reads.length;
}

/** `since`: on the monotonic clock. */
export function columns(reads: readonly Omit<Read, 'number'>[], since: number): Pick<ReadsEntry, 'forms' | 'runs'> {
  const forms = new Map<Form, number>();
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

export function endOf({ number, result }: Pick<Read, 'number' | 'result'>): ReadsEntry['ended'][number] {
  const { result: how, sqlstate, rows, durationMs } = result ?? UNKNOWN;
  return { number, result: how, sqlstate, rows, duration_us: microseconds(durationMs) };
}

const UNKNOWN: ReadResult = { result: 'unknown', sqlstate: null, rows: null, durationMs: 0 };

export const microseconds = (ms: number): number => Math.max(0, Math.round(ms * 1_000));

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
  return { kind: 'reads', ...of, first: 0, since: null, ...columns(none, 0), ended: lost };
}
