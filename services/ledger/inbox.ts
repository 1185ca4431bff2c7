// What waits to be committed, in the order of arrival, which is the order in the chain.
import type pg from 'pg';
import type { EntryDraft, Recorded } from './entry.ts';
import type { Prepared } from './seal.ts';

/** Entries of one call. They are committed together, and an item never changes its place among the others. */
export interface Item {
  drafts: Prepared[] | ((client: pg.ClientBase) => Promise<EntryDraft[]>);
  at: string;
  /** Characters, roughly. */
  size: number;
  /** In a transaction of its own with what belongs to it. */
  also: ((client: pg.ClientBase, recorded: Recorded[]) => Promise<unknown>) | null;
  /** Whether it goes into the next batch when this one turns out not to be committed. */
  retry: boolean;
  /** Nobody waits for a queued entry, so its commit can be put off for company. */
  patient: boolean;
  done(recorded: Recorded[], value: unknown): void;
  failed(error: unknown): void;
}

const BATCH_ITEMS = 500;
const BATCH_SIZE = 4_000_000;

export interface Inbox {
  add(item: Item): void;
  /** Back to the head, in their order. */
  putBack(items: Item[]): void;
  /** What one commit takes: a transaction alone, else all that wait before the next transaction, within bounds. */
  take(): Item[];
  remove(item: Item): boolean;
  /** Takes out those that `which` names. */
  removeAll(which: (item: Item) => boolean): Item[];
  /** Somebody waits, or a batch is full. */
  readonly urgent: boolean;
  readonly count: number;
  readonly size: number;
}

export function makeInbox(): Inbox {
  let items: Item[] = [];
  let size = 0;
  let impatient = 0;
  const count = (changed: Item[], sign: 1 | -1) => {
    for (const item of changed) {
      size += sign * item.size;
      if (!item.patient) impatient += sign;
    }
  };
  const alone = (item: Item) => item.also !== null || typeof item.drafts === 'function';
  return {
    add(item) {
      items.push(item);
      count([item], 1);
    },
    putBack(returned) {
      items = [...returned, ...items];
      count(returned, 1);
    },
    take() {
      let n = 0;
      let taken = 0;
      for (const item of items) {
        if (n > 0 && (alone(item) || n === BATCH_ITEMS || taken + item.size > BATCH_SIZE)) break;
        n++;
        taken += item.size;
        if (alone(item)) break;
      }
      const batch = items.slice(0, n);
      items = items.slice(n);
      count(batch, -1);
      return batch;
    },
    remove(item) {
      const at = items.indexOf(item);
      if (at === -1) return false;
      items.splice(at, 1);
      count([item], -1);
      return true;
    },
    removeAll(which) {
      const removed = items.filter(which);
      items = items.filter((item) => !which(item));
      count(removed, -1);
      return removed;
    },
    get urgent() {
      return impatient > 0 || items.length >= BATCH_ITEMS || size >= BATCH_SIZE;
    },
    get count() {
      return items.length;
    },
    get size() {
      return size;
    },
  };
}
