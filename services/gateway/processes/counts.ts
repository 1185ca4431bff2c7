// Places that are counted: so many of a kind at once, and of each address or principal. Counted for all processes of a host in one place.

/** At most so many of this name at once. */
export interface Bound {
  of: string;
  most: number;
}

export type Taken =
  | { ok: true; leave(): void }
  /** `full`: which of the bounds is reached; null where nobody could say. */
  | { ok: false; full: string | null };

export interface Counts {
  /** A place within all bounds, or none of it. To be left; more than once does no harm. What cannot be counted is not given. */
  take(bounds: readonly Bound[]): Taken | Promise<Taken>;
}

/** Counts in this process; answers at once. */
export function makeCounts(): { take(bounds: readonly Bound[]): Taken } {
  const counts = new Map<string, number>();
  const leave = (of: string) => {
    const left = (counts.get(of) ?? 1) - 1;
    if (left > 0) counts.set(of, left);
    else counts.delete(of);
  };
  return {
    take(bounds) {
      const full = bounds.find(({ of, most }) => (counts.get(of) ?? 0) >= most);
      if (full) return { ok: false, full: full.of };
      for (const { of } of bounds) counts.set(of, (counts.get(of) ?? 0) + 1);
      let inside = true;
      return {
        ok: true,
        leave() {
          if (!inside) return;
          inside = false;
          for (const { of } of bounds) leave(of);
        },
      };
    },
  };
}
