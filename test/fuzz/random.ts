/** Random choices that a seed repeats. */
export interface Random {
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  chance(p: number): boolean;
}

/** mulberry32, which is small and good enough to choose by. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    chance: (p) => next() < p,
  };
}
