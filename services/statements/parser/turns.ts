// What waits, by whom it is for: each principal has a turn, however much another one sends.

export interface Turns<T> {
  /** How many of `whose` wait. */
  waiting(whose: string): number;
  add(whose: string, item: T): void;
  /** The next one in turn, of a principal that `may` have one now; undefined when there is none. */
  take(may: (whose: string) => boolean): { whose: string; item: T } | undefined;
  /** All that wait, and none afterwards. */
  clear(): T[];
}

export function makeTurns<T>(): Turns<T> {
  // In the order of their turns. Nobody is in it who has nothing waiting.
  const queues = new Map<string, T[]>();
  return {
    waiting: (whose) => queues.get(whose)?.length ?? 0,
    add(whose, item) {
      const queue = queues.get(whose);
      if (queue) queue.push(item);
      else queues.set(whose, [item]);
    },
    take(may) {
      for (const [whose, queue] of queues) {
        if (!may(whose)) continue;
        const [item, ...rest] = queue as [T, ...T[]];
        queues.delete(whose);
        if (rest.length > 0) queues.set(whose, rest);
        return { whose, item };
      }
      return undefined;
    },
    clear() {
      const all = [...queues.values()].flat();
      queues.clear();
      return all;
    },
  };
}
