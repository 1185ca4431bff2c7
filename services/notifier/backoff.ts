/** Milliseconds. */
const FIRST = 1_000;
const LONGEST = 5 * 60_000;

export interface Patience {
  /** How long a message is tried for, from its first attempt. */
  giveUpAfterMs: number;
}

export const PATIENCE: Patience = { giveUpAfterMs: 26 * 60 * 60_000 };

/**
 * Milliseconds until the next attempt: doubling from one second to five minutes, each ±25 % so that an outage's messages do not come back
 * all at once. A receiver's own Retry-After is kept to, within the same bound. About 320 attempts in a day.
 */
export function backoff(attempt: number, retryAfterMs: number | null, random: () => number = Math.random): number {
  const doubled = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt - 1, 20));
  const asked = Math.min(Math.max(retryAfterMs ?? 0, 0), LONGEST);
  // Apart from each other, and never sooner than was asked for.
  return Math.round(Math.max(doubled * (0.75 + random() / 2), asked * (1 + random() / 4)));
}

/** Whether it is time to give a message up. A gateway that was down for days still tries three times. */
export function givesUp(attempt: number, firstAttemptAt: Date, now: Date, patience: Patience): boolean {
  return attempt >= 3 && now.getTime() - firstAttemptAt.getTime() >= patience.giveUpAfterMs;
}
