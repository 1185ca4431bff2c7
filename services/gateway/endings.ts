// What was started is ended in the reverse order, whatever of it fails to end.
import type { Log } from './log.ts';

export interface Endings {
  add(name: string, end: () => Promise<void> | void): void;
  /** Ends everything, once; a second call waits for the first. Never rejects. */
  run(): Promise<void>;
}

export function makeEndings(log: Pick<Log, 'error' | 'debug'>): Endings {
  const endings: { name: string; end: () => Promise<void> | void }[] = [];
  let running: Promise<void> | null = null;
  const runAll = async () => {
    for (const { name, end } of endings.reverse()) {
      const began = performance.now();
      try {
        await end();
      } catch (error) {
        log.error({ err: error, part: name }, 'a part did not end as it should');
      }
      log.debug({ part: name, ms: Math.round(performance.now() - began) }, 'ended');
    }
  };
  return {
    add: (name, end) => void endings.push({ name, end }),
    run: () => {
      running ??= runAll();
      return running;
    },
  };
}
