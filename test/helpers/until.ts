// How tests wait: for what they wait for, and for so long that only what never comes is missed.

/** How long a test waits for what must come, in milliseconds: far longer than a loaded machine takes, so that none fails because it is slow. */
export const PATIENCE_MS = 120_000;

/** Asks `look` again every few milliseconds until it gives something true; throws after `timeoutMs`. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = PATIENCE_MS,
): Promise<NonNullable<Awaited<T>>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<Awaited<T>>;
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
