// Takes the outbox's jobs, a few at once, and says what became of each. Nothing here waits without an end: what does not come back is
// given up, its job freed, and the loop begun anew.
import { within } from '../contract/within.ts';
import { isJobPayload } from './jobs.ts';
import type { Log } from '../contract/log.ts';
import type { Queue } from './queue.ts';

export interface RunnerDeps {
  queue: Queue;
  concurrency: number;
  work: (notice: string) => Promise<void>;
  log: Log;
  /** After so many milliseconds a job under way, or a turn of the loop, is given up. Longer than anything that they wait for. Default 90 s. */
  givenUpAfterMs?: number;
  /** How often the queue is looked into when nothing calls for it. Default 2 s. */
  pollMs?: number;
}

export interface SteadyRunner {
  /** Looks for jobs in so many milliseconds, rather than at the next poll. */
  lookIn(ms: number): void;
  /** Lets go of all that is under way, frees its jobs and begins anew. */
  restart(why: string): void;
  /** When a job was last begun or ended, by performance.now(). */
  readonly movedAt: number;
  /** Lets the jobs under way end, for twenty seconds at most, and stops. */
  close(): Promise<void>;
}

const PAUSE = { first: 100, most: 5_000 };
const CLOSING = 20_000;

interface Life {
  /** Jobs under way: since when, and what calls when one has ended. */
  underWay: Map<string, { since: number; ended: Promise<void> }>;
  /** Ended, and the queue does not know yet. */
  done: Set<string>;
  failed: Set<string>;
  /** Something was asked of the queue whose answer did not come, or nothing was yet: jobs may be locked that nobody knows of. */
  unsure: boolean;
  freedAt: number;
  turnBegan: number | null;
  over: boolean;
}

export function startRunner(deps: RunnerDeps): SteadyRunner {
  const { queue, concurrency, work, log } = deps;
  const givenUpAfterMs = deps.givenUpAfterMs ?? 90_000;
  const pollMs = deps.pollMs ?? 2_000;
  const timers = new Set<NodeJS.Timeout>();
  let closing = false;
  let movedAt = performance.now();
  let wake = () => {};
  let woken = false;
  let life = newLife();
  let looping = loop(life);
  const watch = setInterval(lookAfter, Math.min(1_000, givenUpAfterMs / 4)).unref();

  function rouse(): void {
    woken = true;
    wake();
  }

  async function loop(own: Life): Promise<void> {
    let pause = PAUSE.first;
    while (!own.over && !closing) {
      let rest = pollMs;
      own.turnBegan = performance.now();
      woken = false;
      try {
        if (await turn(own)) woken = true;
        pause = PAUSE.first;
      } catch (error) {
        own.unsure = true;
        if (!own.over) log.warn({ problem: messageOf(error) }, 'the queue of notices does not answer');
        rest = pause;
        pause = Math.min(pause * 2, PAUSE.most);
        woken = false;
      }
      own.turnBegan = null;
      if (!own.over && !closing && !woken) await sleep(rest);
    }
  }

  /** True when there may be more to do at once. */
  async function turn(own: Life): Promise<boolean> {
    await say(own);
    const now = performance.now();
    if (own.unsure || now - own.freedAt >= pollMs) {
      await queue.freeOthers([...own.underWay.keys(), ...own.done, ...own.failed]);
      own.unsure = false;
      own.freedAt = now;
    }
    const room = concurrency - own.underWay.size;
    if (room <= 0 || closing || own.over) return false;
    const jobs = await queue.take(room);
    // Given up meanwhile: the next life frees them.
    if (own.over) return false;
    for (const job of jobs) begin(own, job.id, job.payload);
    return jobs.length === room;
  }

  /** Tells the queue what has ended. It may be told twice. */
  async function say(own: Life): Promise<void> {
    const done = [...own.done];
    if (done.length > 0) await queue.done(done);
    for (const id of done) own.done.delete(id);
    const failed = [...own.failed];
    if (failed.length > 0) await queue.putOff(failed);
    for (const id of failed) own.failed.delete(id);
  }

  function begin(own: Life, id: string, payload: unknown): void {
    movedAt = performance.now();
    const run = async () => {
      if (!isJobPayload(payload)) throw new Error('A job of the outbox names no notice.');
      await work(payload.notice);
    };
    const ended = run().then(
      () => end(own, id, own.done),
      (error: unknown) => {
        log.warn({ job: id, problem: messageOf(error) }, 'a notice could not be worked on, to be tried again');
        end(own, id, own.failed);
      },
    );
    own.underWay.set(id, { since: movedAt, ended });
  }

  function end(own: Life, id: string, as: Set<string>): void {
    // One that was given up ended after all: its job is another's now.
    if (!own.underWay.delete(id)) return;
    movedAt = performance.now();
    as.add(id);
    rouse();
  }

  function lookAfter(): void {
    const now = performance.now();
    for (const [id, { since }] of life.underWay) {
      if (now - since < givenUpAfterMs) continue;
      life.underWay.delete(id);
      life.unsure = true;
      log.error({ job: id, ms: Math.round(now - since) }, 'a notice did not come to an end: it is begun anew');
      rouse();
    }
    if (life.turnBegan !== null && now - life.turnBegan >= givenUpAfterMs) restart('the queue gave no answer');
  }

  function restart(why: string): void {
    if (closing) return;
    log.error({ why, underWay: life.underWay.size }, 'the notifier begins anew');
    life.over = true;
    life.underWay.clear();
    life = newLife();
    looping = loop(life);
    rouse();
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    lookIn(ms) {
      if (closing) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        rouse();
      }, Math.ceil(ms) + 1);
      timers.add(timer);
    },
    restart,
    get movedAt() {
      return movedAt;
    },
    async close() {
      closing = true;
      clearInterval(watch);
      for (const timer of timers) clearTimeout(timer);
      rouse();
      const stop = async () => {
        await looping;
        await Promise.all([...life.underWay.values()].map(({ ended }) => ended));
        await say(life).catch(() => undefined);
      };
      await within(stop(), Math.min(CLOSING, givenUpAfterMs), () => undefined);
    },
  };
}

function newLife(): Life {
  return {
    underWay: new Map(),
    done: new Set(),
    failed: new Set(),
    unsure: true,
    freedAt: Number.NEGATIVE_INFINITY,
    turnBegan: null,
    over: false,
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
