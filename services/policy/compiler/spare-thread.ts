// A thread that has answered waits a while for the next who asks: to start one takes longer than most of what it is asked.
import type { Worker } from 'node:worker_threads';

export class SpareThread<T extends { worker: Worker }> {
  #kept: { thread: T; idle: NodeJS.Timeout } | null = null;

  /** The one that waits; null when there is none. */
  take(): T | null {
    const kept = this.#kept;
    this.#kept = null;
    clearTimeout(kept?.idle);
    return kept?.thread ?? null;
  }

  /** `end` is called when nobody has taken it after so long, or where another one waits already. */
  keep(thread: T, idleMs: number, end: () => void): void {
    thread.worker.unref();
    if (this.#kept) {
      end();
      return;
    }
    const idle = setTimeout(() => {
      this.take();
      end();
    }, idleMs).unref();
    this.#kept = { thread, idle };
  }

  /** It has ended by itself. */
  gone(thread: T): void {
    if (this.#kept?.thread === thread) this.take();
  }
}
