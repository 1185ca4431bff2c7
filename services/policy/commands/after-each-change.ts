import { makeDirectorySource } from '../source/directory-source.ts';

/** Runs `run` now and after each change under `directory`, one at a time, until `signal` is aborted. Rejects when `run` does. */
export async function afterEachChange(directory: string, signal: AbortSignal, run: () => Promise<void>): Promise<void> {
  let wake = () => {};
  const stop = makeDirectorySource(directory).watch(() => wake());
  // Neither the watcher nor an idle compiler keeps the process, which would end as if there were nothing left to do.
  const waiting = setInterval(() => {}, 2 ** 30);
  try {
    while (!signal.aborted) {
      // Waiting begins before the run: what is saved meanwhile is run next.
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await run();
      await changed;
    }
  } finally {
    clearInterval(waiting);
    stop();
  }
}
