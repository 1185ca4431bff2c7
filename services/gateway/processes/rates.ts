// How often something came within a time, counted for all processes of a host in one place.

export interface Rate {
  /** With this one. */
  count: number;
  /** Until it begins anew. */
  leftMs: number;
}

export interface Rates {
  /** Counts one more of this name. Rejects where nobody can say. */
  count(name: string, windowMs: number): Promise<Rate>;
}

/** Names remembered; the oldest are forgotten. */
const REMEMBERED = 10_000;

export function makeRates(now: () => number = () => performance.now()): (name: string, windowMs: number) => Rate {
  const known = new Map<string, { count: number; until: number }>();
  return (name, windowMs) => {
    const at = now();
    const before = known.get(name);
    const current = before && before.until > at ? before : { count: 0, until: at + windowMs };
    current.count++;
    known.delete(name);
    known.set(name, current);
    const [oldest] = known.keys();
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
    return { count: current.count, leftMs: Math.ceil(current.until - at) };
  };
}
