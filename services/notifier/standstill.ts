// Whether jobs stand still that should move, as the queue itself shows it: whatever the reason, it is said and the runner begins anew.

export interface Standstill {
  /** Asks the queue. Never rejects; a queue that does not answer tells nothing. */
  look(): Promise<void>;
  /** In words, for /readyz; null when all moves. */
  readonly problem: string | null;
}

export interface StandstillDeps {
  /** Seconds for which the oldest job has been due. */
  overdue(): Promise<number>;
  /** When a job was last begun or ended. */
  movedAt(): number;
  restart(why: string): void;
  /** Milliseconds that a job may be due while nothing moves. */
  afterMs: number;
  /** Milliseconds, as `movedAt`. */
  now(): number;
}

/** Counted from when the queue answered again: in an outage nothing can move. */
export function makeStandstill({ overdue, movedAt, restart, afterMs, now }: StandstillDeps): Standstill {
  let since: number | null = null;
  let restartedAt = Number.NEGATIVE_INFINITY;
  let problem: string | null = null;
  return {
    async look() {
      const seconds = await overdue().catch(() => null);
      if (seconds === null || seconds * 1_000 < afterMs || (since !== null && movedAt() > since)) {
        since = null;
        // An answer that did not come takes nothing back.
        if (seconds !== null) problem = null;
        return;
      }
      since ??= now();
      if (now() - since < afterMs) return;
      problem = `A notice has been due for ${Math.round(seconds)} s and nobody works on it.`;
      if (now() - restartedAt < afterMs) return;
      restartedAt = now();
      restart(problem);
    },
    get problem() {
      return problem;
    },
  };
}
