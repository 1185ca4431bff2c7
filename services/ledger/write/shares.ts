import type { Turn } from './rounds.ts';

/** What waits of one principal, or one session. */
interface Held {
  weight: number;
}

interface Waiter {
  session: string;
  resolve(): void;
}

export interface SharesOptions {
  /** What may wait in all. Who has more than an equal part of it is refused once it is full; the others never are. */
  most: number;
}

/**
 * How much of what waits is whose. A session that has made more wait than its share is read no further until half of it is
 * recorded: it is held back before it must be refused, and what it holds in memory is bounded.
 */
export class Shares {
  readonly #most: number;
  readonly #principals = new Map<string, Held>();
  readonly #sessions = new Map<string, Held>();
  readonly #waiters = new Map<string, Waiter[]>();
  #total = 0;

  constructor({ most }: SharesOptions) {
    this.#most = most;
  }

  /** `weight`: negative for what waits no more. */
  count({ principal, session }: Turn, weight: number): void {
    this.#total += weight;
    change(this.#principals, principal, weight);
    if (session !== null) change(this.#sessions, session, weight);
  }

  /** False: there is no room, and `principal` has more than its part of what there was. */
  admits(principal: string): boolean {
    if (this.#total < this.#most) return true;
    return this.of(principal) < this.#most / (this.#principals.size + 1);
  }

  /** Null, or what resolves when so little of it waits that more may come. */
  room(principal: string, session: string): Promise<void> | null {
    if (!this.#crowded(principal, session, 1)) return null;
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(principal);
      if (waiters) waiters.push({ session, resolve });
      else this.#waiters.set(principal, [{ session, resolve }]);
    });
  }

  /** Lets go on who has room again; all of them, where waiting is in vain. */
  release(all: boolean): void {
    for (const [principal, waiters] of this.#waiters) {
      const still = waiters.filter(({ session }) => !all && this.#crowded(principal, session, 0.5));
      if (still.length > 0) this.#waiters.set(principal, still);
      else this.#waiters.delete(principal);
      for (const waiter of waiters) if (!still.includes(waiter)) waiter.resolve();
    }
  }

  of(principal: string): number {
    return this.#principals.get(principal)?.weight ?? 0;
  }

  /** Its own sessions' flood holds no session back that has nothing waiting. */
  #crowded(principal: string, session: string, part: number): boolean {
    const own = this.#sessions.get(session)?.weight ?? 0;
    return own > 0 && (own >= (part * this.#most) / 40 || this.of(principal) >= (part * this.#most) / 10);
  }
}

function change(held: Map<string, Held>, name: string, weight: number): void {
  const before = held.get(name)?.weight ?? 0;
  const after = before + weight;
  // Weights are not whole numbers.
  if (after < 1e-6) held.delete(name);
  else held.set(name, { weight: after });
}
