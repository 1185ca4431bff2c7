// A figure that costs a query, asked for from time to time, so that /readyz and /metrics answer at once.

export interface Polled<T> {
  /** The last answer; null before the first, and after a failed one. */
  readonly value: T | null;
  close(): void;
}

/** Asks now and every `everyMs`. A failure is no news here: the ledger's own state says that it is out of reach. */
export function makePolled<T>(ask: () => Promise<T>, everyMs: number): Polled<T> {
  let value: T | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const turn = async (): Promise<void> => {
    value = await ask().catch(() => null);
    if (!closed) timer = setTimeout(() => void turn(), everyMs).unref();
  };
  void turn();
  return {
    get value() {
      return value;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
