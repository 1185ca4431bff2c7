// How much a thread may do: counted in time of the processor, which a busy machine does not take away from it.
import type { Worker } from 'node:worker_threads';

export interface ThreadLimit {
  /** Of the processor, from now on. */
  cpuMs: number;
  /** By the clock; default twenty times that, and five minutes at least. Only a machine that hardly runs gets there. */
  wallMs?: number;
}

/** `spent`: it used up its time; `host`: the machine did not give it any. */
export type Over = { why: 'spent' | 'host'; words: string };

/** Calls back once when the limit is reached, unless it is ended before by the returned function. */
export function limitThread(worker: Worker, limit: ThreadLimit, onOver: (over: Over) => void): () => void {
  const { cpuMs, wallMs = Math.max(20 * cpuMs, 300_000) } = limit;
  const start = performance.now();
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    ended = true;
    clearTimeout(timer);
  };
  const over = (why: Over['why'], words: string) => {
    if (ended) return;
    end();
    onOver({ why, words });
  };
  const used = (): Promise<number> =>
    worker.cpuUsage().then(
      ({ user, system }) => (user + system) / 1_000,
      // It does not run yet, or any more: its owner hears of that otherwise.
      () => 0,
    );
  const before = used();
  const look = async () => {
    const spent = (await used()) - (await before);
    const wall = performance.now() - start;
    if (spent >= cpuMs) return over('spent', `not finished within ${cpuMs} ms of the processor`);
    if (wall >= wallMs) {
      const words = `the machine gave it ${Math.round(spent)} ms of the processor in ${Math.round(wall / 1_000)} s, and it needs more: the host is too busy, try again`;
      return over('host', words);
    }
    // No sooner than it can have used up what it has left.
    const wait = Math.max(20, Math.min(cpuMs - spent, wallMs - wall, 1_000));
    if (!ended) timer = setTimeout(() => void look(), wait);
  };
  void look();
  return end;
}
