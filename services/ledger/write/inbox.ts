// What waits to be committed. Nobody's entries wait behind another's flood: sessions and principals take turns, and what
// protects goes ahead of both. Between commits the order is that of arrival, and a session's own entries never change theirs.
import type pg from 'pg';
import type { EntryDraft, Recorded } from '../entry/entry.ts';
import type { Waiting } from './lanes.ts';
import { Rounds } from './rounds.ts';
import { Shares } from './shares.ts';
import type { Prepared } from '../chain/seal.ts';

/** Entries of one call. They are committed together. */
export interface Item extends Waiting {
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
/** Characters that weigh as much as an entry where memory is counted. */
const SIZE_OF_ONE = 3_200;

export interface Inbox {
  add(item: Item): void;
  /** Back to the head, in their order. */
  putBack(items: Item[]): void;
  /** What one commit takes: a transaction alone, or entries in their turns, within bounds. */
  take(): Item[];
  remove(item: Item): boolean;
  /** Takes out those that `which` names. */
  removeAll(which: (item: Item) => boolean): Item[];
  /** Whether another entry of `principal` may be queued that could be refused instead. */
  admits(principal: string): boolean;
  /** Null, or what resolves when less of the session waits: until then it is to be read no further. */
  room(principal: string, session: string): Promise<void> | null;
  /** Nobody waits for room any more: there will be none. */
  releaseAll(): void;
  /** Somebody waits, or a batch is full. */
  readonly urgent: boolean;
  readonly count: number;
}

/** An item in its place. */
interface Placed {
  item: Item;
  principal: string;
  session: string | null;
  /** Of arrival. */
  order: number;
}

/** `most`: entries that may wait, all together. */
export function makeInbox(most: number): Inbox {
  const protecting = new Rounds<Placed>();
  const others = new Rounds<Placed>();
  const shares = new Shares({ most });
  const places = new WeakMap<Item, Placed>();
  let arrived = 0;
  let size = 0;
  let impatient = 0;
  /** What protects, and came no later than this, has let those pass that were before it. */
  let letPass = 0;

  const alone = ({ item }: Placed) => item.also !== null || typeof item.drafts === 'function';
  const roundsOf = (item: Item) => (item.lane === 'protect' ? protecting : others);
  const weigh = (item: Item) =>
    Math.max(typeof item.drafts === 'function' ? 1 : item.drafts.length, item.size / SIZE_OF_ONE);
  const count = (item: Item, sign: 1 | -1) => {
    size += sign * item.size;
    if (!item.patient) impatient += sign;
    if (item.lane !== 'protect') shares.count(item, sign * weigh(item));
  };
  const out = (gone: Placed[]): Item[] => {
    for (const { item } of gone) count(item, -1);
    shares.release(false);
    return gone.toSorted((a, b) => a.order - b.order).map(({ item }) => item);
  };

  /** Nothing that came before it of its session waits among the others. */
  const ready = (placed: Placed) => {
    const rest = roundsOf(placed.item) === others ? protecting : others;
    const own = placed.session === null ? undefined : rest.firstOf(placed);
    return own === undefined || own.order > placed.order;
  };

  function batch(sources: Rounds<Placed>[], before = Number.POSITIVE_INFINITY): Placed[] {
    let items = 0;
    let characters = 0;
    return sources.flatMap((rounds) =>
      rounds.take(
        (placed) => {
          const more = characters + placed.item.size;
          if (alone(placed) || placed.order >= before || !ready(placed) || (items > 0 && more > BATCH_SIZE))
            return false;
          characters = more;
          items++;
          return true;
        },
        () => items === BATCH_ITEMS,
      ),
    );
  }

  function next(): Placed[] {
    const first = protecting.next(ready);
    if (!first) {
      letPass = protecting.next(() => true)?.order ?? letPass;
      return batch([others]);
    }
    if (first.order > letPass) {
      letPass = first.order;
      const before = batch([others], first.order);
      if (before.length > 0) return before;
    }
    if (!alone(first)) return batch([protecting, others]);
    return protecting.take(
      (placed) => placed === first,
      () => false,
    );
  }

  return {
    add(item) {
      const placed: Placed = { item, principal: item.principal, session: item.session, order: ++arrived };
      places.set(item, placed);
      roundsOf(item).add(placed);
      count(item, 1);
    },
    putBack(returned) {
      const placed = returned.flatMap((item) => places.get(item) ?? []);
      protecting.putBack(placed.filter(({ item }) => item.lane === 'protect'));
      others.putBack(placed.filter(({ item }) => item.lane !== 'protect'));
      for (const { item } of placed) count(item, 1);
    },
    take: () => out(next()),
    remove(item) {
      const placed = places.get(item);
      if (!placed || !roundsOf(item).remove(placed)) return false;
      out([placed]);
      return true;
    },
    removeAll(which) {
      const named = ({ item }: Placed) => which(item);
      return out([...protecting.removeAll(named), ...others.removeAll(named)]);
    },
    admits: (principal) => shares.admits(principal),
    room: (principal, session) => shares.room(principal, session),
    releaseAll: () => shares.release(true),
    get urgent() {
      return impatient > 0 || others.count >= BATCH_ITEMS || size >= BATCH_SIZE;
    },
    get count() {
      return protecting.count + others.count;
    },
  };
}
