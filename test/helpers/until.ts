// How tests wait: for what they wait for, and for so long that only what never comes is missed.

/** How long a test waits for what must come, in milliseconds: far longer than a loaded machine takes, so that none fails because it is slow. */
export const PATIENCE_MS = 120_000;

/** Milliseconds between two looks: a tenth of what was waited already, for a look may cost more than what is waited for. */
const pause = (waited: number): number => Math.min(250, Math.max(10, waited / 10));

/** Asks `look` again and again until it gives something true; throws after `timeoutMs`. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = PATIENCE_MS,
): Promise<NonNullable<Awaited<T>>> {
  const start = performance.now();
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<Awaited<T>>;
    const waited = performance.now() - start;
    if (waited > timeoutMs) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, pause(waited)));
  }
}

/** How many times the slowest look may be added to what a promise allows. */
const SLOWNESS = 40;

/**
 * As `until`, for what is promised within `ms`: it must come in that time, and in what this machine takes beyond it now, by
 * the slowest of the looks. On a quiet machine that adds half a second; the strict figures are those of `bench/`. Resolves
 * to how long it took, in milliseconds.
 */
export async function within(ms: number, what: string, look: () => boolean | Promise<boolean>): Promise<number> {
  const start = performance.now();
  let slowest = 0;
  for (;;) {
    const asked = performance.now();
    if (await look()) return performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve, 5));
    slowest = Math.max(slowest, performance.now() - asked);
    const allowed = ms + SLOWNESS * slowest;
    if (asked - start > allowed) throw new Error(`Waited ${Math.round(allowed)} ms in vain until ${what}.`);
  }
}
