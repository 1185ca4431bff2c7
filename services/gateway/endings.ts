// What was started is ended in the reverse order, whatever of it fails to end.
import { within } from '../contract/within.ts';
import type { Log } from './log.ts';

export interface Endings {
  /** It may take `mostMs` (15 s unless said); then the next is ended all the same. */
  add(name: string, end: () => Promise<void> | void, mostMs?: number): void;
  /** Ends everything, once; a second call waits for the first. Never rejects. */
  run(): Promise<void>;
}

export function makeEndings(log: Pick<Log, 'error' | 'debug'>): Endings {
  const endings: { name: string; end: () => Promise<void> | void; mostMs: number }[] = [];
  let running: Promise<void> | null = null;
  const runAll = async () => {
    for (const { name, end, mostMs } of endings.reverse()) {
      const began = performance.now();
      try {
        const late = () => log.error({ part: name, ms: mostMs }, 'a part did not end in time');
        await within(Promise.resolve(end()), mostMs, late);
      } catch (error) {
        log.error({ err: error, part: name }, 'a part did not end as it should');
      }
      log.debug({ part: name, ms: Math.round(performance.now() - began) }, 'ended');
    }
  };
  return {
    add: (name, end, mostMs = 15_000) => void endings.push({ name, end, mostMs }),
    run: () => {
      running ??= runAll();
      return running;
    },
  };
}
