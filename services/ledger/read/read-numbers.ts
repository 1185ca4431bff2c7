import type { ReadsEntry, WritesEntry } from '../entry/executions.ts';
import type { Fields } from '../chain/stored-entry.ts';

const KINDS: ReadonlySet<unknown> = new Set(['reads', 'writes']);

/** Whether the sessions of one chain number each execution of a mode once, and end only what runs. Holds what still runs of sessions that are not over. */
export class ReadNumbers {
  readonly #sessions = new Map<string, { next: number; running: Set<number>; whole: boolean }>();

  /** In the chain's order, of the right shape. What is wrong, or null. */
  next(entry: Fields): string | null {
    const session = String(entry.session);
    if (entry.kind === 'session_ended') for (const kind of KINDS) this.#sessions.delete(`${kind} ${session}`);
    if (!KINDS.has(entry.kind) || entry.runs === undefined) return null;
    const { first, runs, ended } = entry as unknown as ReadsEntry | WritesEntry;
    const key = `${entry.kind} ${session}`;
    const count = runs.form.length;
    // What a lost process left is settled in another chain; and months before may have been pruned.
    if (count === 0 && !this.#sessions.has(key)) return null;
    const known = this.#sessions.get(key) ?? { next: first, running: new Set<number>(), whole: first === 1 };
    this.#sessions.set(key, known);
    if (count > 0 && first < known.next) return 'it numbers executions of its session that have been before';
    for (const { number } of ended) {
      if (!known.running.delete(number) && known.whole) return 'it ends an execution that did not run';
    }
    for (const [n, duration] of runs.duration_us.entries()) if (duration === null) known.running.add(first + n);
    if (count > 0) known.next = first + count;
    return null;
  }
}
