import type { Checkpoint } from './checkpoints.ts';
import { type Head, hasShapeOfKind } from '../entry/entry-shape.ts';
import { ReadNumbers } from '../read/read-numbers.ts';
import { hashOf, NO_HASH } from './seal.ts';
import { type Fields, fieldsOf, type StoredEntry } from './stored-entry.ts';

export interface Problem {
  chain: string;
  /** Of the first entry that is not as it was, or is not there. */
  seq: number | null;
  /** As its row says. */
  at: string | null;
  what: string;
}

/** One chain, entry by entry. After its first problem it says no more. */
export class ChainWalk {
  readonly chain: string;
  readonly #reads = new ReadNumbers();
  #seq: number;
  #hash: string | null;
  #stopped = false;
  #broken = false;

  constructor(chain: string, from: Checkpoint | null) {
    this.chain = chain;
    this.#seq = from?.seq ?? 0;
    this.#hash = from?.hash ?? null;
  }

  /** `entry`: what its text says, where the text alone is in order, whatever became of its chain. */
  next(row: StoredEntry): { entry: Fields | null; problem: Problem | null } {
    const fields = hashOf(row.body) === row.hash ? fieldsOf(row) : 'its text is not what was hashed';
    const alone = typeof fields === 'string' || hasShapeOfKind(fields) ? fields : 'its fields are not of its kind';
    const entry = typeof alone === 'string' ? null : alone;
    if (this.#broken) return { entry, problem: null };
    const what = this.#placed(Number(row.seq)) ?? (typeof alone === 'string' ? alone : this.#follows(alone));
    if (what === null) {
      this.#seq = Number(row.seq);
      this.#hash = row.hash;
      this.#stopped = row.kind === 'gateway_stopped';
      return { entry, problem: null };
    }
    this.#broken = true;
    return { entry, problem: { chain: this.chain, seq: Number(row.seq), at: row.at, what } };
  }

  #placed(seq: number): string | null {
    if (seq < 1) return 'a chain has no such place';
    if (seq <= this.#seq) return 'another entry has the same place in the chain, or it was pruned';
    const missing = seq - this.#seq - 1;
    if (missing === 1) return `entry ${seq - 1} before it is missing`;
    if (missing > 1) return `${missing} entries before it are missing`;
    return this.#stopped ? 'it stands behind the entry with which its process stopped' : null;
  }

  #follows(entry: Fields): string | null {
    const first = entry.seq === 1;
    if (first !== (entry.kind === 'gateway_started')) {
      return first ? 'no gateway process begins the chain with it' : 'it begins a chain in the middle of one';
    }
    const before = first ? ((entry.predecessor as Head | null)?.hash ?? NO_HASH) : this.#hash;
    if (entry.previous_hash !== before) {
      return first
        ? 'it does not go on from its predecessor'
        : 'the entry before it is not the one that it was chained to';
    }
    return this.#reads.next(entry);
  }
}
