// What a session executes in write mode, gathered: one entry holds many executions, each with what is known of it by then. When that entry is
// to be durable is its caller's to say (promise 6).
import type { Clock } from '../../contract/clock.ts';
import type { EntryDraft, Form, TransactionState, Written } from '../entry/entry.ts';
import type { WritesEntry } from '../entry/executions.ts';
import { columns, endOf, fitting, MOST, microseconds, type ReadResult } from './read-log.ts';

/** What an execution came to. `transaction`, `written`: left out where they are not known. */
export interface WriteResult extends ReadResult {
  transaction?: TransactionState;
  written?: Written;
}

/** One execution, from its beginning to its result. */
export interface Write {
  readonly form: Form;
  readonly elevation: string;
  /** Of a COMMIT: the id of the target's transaction, where it is known. */
  readonly commits: string | null;
  /** On the monotonic clock. */
  readonly began: number;
  result: WriteResult | null;
  /** Its number in the session, once it is in an entry; 0 before. */
  number: number;
}

/** What one entry took. */
export interface Taken {
  draft: EntryDraft;
  begun: readonly Write[];
  ended: readonly Write[];
}

export interface WriteLog {
  begin(of: Pick<Write, 'form' | 'elevation' | 'commits'>): Write;
  end(write: Write, result: WriteResult): void;
  /** How many began. */
  readonly count: number;
  /** How much `take` would have to give. */
  readonly waiting: number;
  /** A part of what gathered, of one elevation; null when nothing is left. */
  take(): Taken | null;
  /** The entry will never be in the record, and so nothing of what began with it; results of others go into a later one. */
  lost(taken: Taken): void;
}

/** The log of one session. An execution that still runs when `take` is asked is in that entry as begun, and its result in a later one. */
export function makeWriteLog({
  clock,
  ...of
}: {
  session: string;
  principal: string;
  target: string;
  clock: Clock;
}): WriteLog {
  const begun: Write[] = [];
  /** The same moment on both clocks. */
  let since = { wall: 0, monotonic: 0 };
  const ended: Write[] = [];
  const gone = new WeakSet<Write>();
  let numbered = 0;
  let count = 0;
  return {
    begin(what) {
      const write: Write = { ...what, began: clock.monotonic(), result: null, number: 0 };
      if (begun.push(write) === 1) since = { wall: clock.now().getTime(), monotonic: write.began };
      count++;
      return write;
    },
    end(write, result) {
      write.result = result;
      if (write.number > 0 && !gone.has(write)) ended.push(write);
    },
    get count() {
      return count;
    },
    get waiting() {
      return begun.length + ended.length;
    },
    take() {
      const elevation = (ended[0] ?? begun[0])?.elevation;
      if (elevation === undefined) return null;
      const other = (writes: readonly Write[]) => {
        const at = writes.findIndex((each) => each.elevation !== elevation);
        return at < 0 ? writes.length : at;
      };
      const writes = begun.splice(0, fitting(begun.slice(0, Math.min(other(begun), MOST.executions))));
      const late = ended.splice(0, Math.min(other(ended), MOST.executions - writes.length));
      const first = numbered + 1;
      for (const write of writes) write.number = ++numbered;
      const [write] = writes;
      const wall = write && Math.floor(since.wall + write.began - since.monotonic);
      const shared = columns(writes, wall === undefined ? 0 : since.monotonic + wall - since.wall);
      const draft: WritesEntry = {
        kind: 'writes',
        ...of,
        elevation,
        first,
        since: wall === undefined ? null : new Date(wall).toISOString(),
        forms: shared.forms,
        runs: { ...shared.runs, ...transactions(writes) },
        ended: late.map(({ number, result }) => ({ ...endOf({ number, result }), ...endsOf(result) })),
      };
      return { draft, begun: writes, ended: late };
    },
    lost(taken) {
      for (const write of taken.begun) gone.add(write);
      // What was refused was refused for what began: results alone are numbers.
      const again = taken.begun.length > 0 ? taken.ended : [];
      ended.splice(0, ended.length, ...[...again, ...ended].filter((write) => !gone.has(write)));
    },
  };
}

const endsOf = (result: WriteResult | null): Pick<WriteResult, 'transaction' | 'written'> => ({
  ...(result?.transaction && { transaction: result.transaction }),
  ...(result?.written && { written: result.written }),
});

function transactions(writes: readonly Write[]): Pick<WritesEntry['runs'], 'transaction' | 'written' | 'commits'> {
  const written: WritesEntry['runs']['written'] = [];
  const commits: WritesEntry['runs']['commits'] = [];
  for (const [run, { result, commits: id }] of writes.entries()) {
    if (result?.written) written.push({ run, ...result.written });
    if (id !== null) commits.push({ run, id });
  }
  return { transaction: writes.map(({ result }) => result?.transaction ?? null), written, commits };
}

/** What is said of executions whose process was lost before their results. */
export function writesLost(
  of: { session: string; principal: string; target: string; elevation: string },
  numbers: readonly number[],
): EntryDraft {
  return {
    kind: 'writes',
    ...of,
    first: 0,
    since: null,
    forms: [],
    runs: { ...columns([], 0).runs, ...transactions([]) },
    ended: numbers.map((number) => ({
      number,
      result: 'unknown',
      sqlstate: null,
      rows: null,
      duration_us: microseconds(0),
    })),
  };
}
