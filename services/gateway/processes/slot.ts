// One of a host's processes for as long as the host serves: started, looked after, and started again when it ends.
import type { Worker } from 'node:cluster';
import { type Exchange, type Handlers, makeExchange } from './exchange.ts';
import type { MetricsJson } from './merged-metrics.ts';

/** One process that was started in a slot. */
export interface Running {
  slot: number;
  worker: Worker;
  exchange: Exchange;
  /** Its name in the record; null until it has one. */
  name: string | null;
  begun: boolean;
  serves: boolean;
  /** It ends because it was asked to. */
  leaves: boolean;
  keyOwners: Set<number>;
  metrics: MetricsJson | null;
}

/** How a process ended: in words, null when it was asked to; and with which code. */
export interface End {
  how: string | null;
  code: number;
}

export interface SlotTimes {
  /** Between two pings. */
  pingMs: number;
  /** So many of them unanswered, one after the other, and it is ended: once it has begun, and before. */
  unanswered: { begun: number; before: number };
  /** Before it is started again: at first, and at most. Each time in a row it is four times as long. */
  againMs: { first: number; most: number };
  /** One that served so long ended for a reason of its own. */
  lastedMs: number;
}

export const SLOT_TIMES: SlotTimes = {
  pingMs: 1_000,
  unanswered: { begun: 15, before: 120 },
  againMs: { first: 100, most: 30_000 },
  lastedMs: 60_000,
};

export interface SlotDeps {
  slot: number;
  fork(): Worker;
  handlers(running: Running): Handlers;
  times: SlotTimes;
  /** What of it has ended has been forgotten when this returns. True: it is started again. */
  onEnded(running: Running, end: End): boolean;
  /** It will be started again in so many milliseconds. */
  onWaiting(ms: number): void;
}

export interface Slot {
  readonly running: Running | null;
  /** Why it serves nobody, or what became of the process before; null when all is well. */
  readonly trouble: string | null;
  /** Asks the process to end, and starts none again. */
  stop(): void;
}

/** For so long it is said that a process had to be started again. */
const SAID_MS = 600_000;

/** Starts it at once. */
export function keepRunning({ slot, fork, handlers, times, onEnded, onWaiting }: SlotDeps): Slot {
  let running: Running | null = null;
  let stopped = false;
  let inARow = 0;
  let last: { how: string; at: number } | null = null;

  function start(): void {
    const worker = fork();
    const started = performance.now();
    const exchange = makeExchange((packet) => {
      if (!worker.isConnected()) return false;
      worker.send(packet, undefined, undefined, () => {});
      return true;
    });
    const mine: Running = {
      ...{ slot, worker, exchange, name: null, begun: false, serves: false, leaves: false },
      ...{ keyOwners: new Set<number>(), metrics: null },
    };
    running = mine;
    exchange.handle(handlers(mine));
    const hung = watch(mine, times);
    worker.on('message', (packet) => exchange.receive(packet));
    worker.on('error', () => {});
    worker.once('exit', (code, signal) => {
      hung.close();
      exchange.over();
      running = null;
      const words = hung.is() ? 'it did not answer any more' : signal ? `signal ${signal}` : `exit code ${code}`;
      const end: End = { how: mine.leaves || stopped ? null : words, code: code ?? 1 };
      if (end.how !== null) last = { how: end.how, at: performance.now() };
      if (!onEnded(mine, end) || stopped) return;
      inARow = mine.serves && performance.now() - started >= times.lastedMs ? 0 : inARow;
      const ms = mine.leaves ? 0 : Math.min(times.againMs.most, times.againMs.first * 4 ** inARow++);
      onWaiting(ms);
      setTimeout(() => {
        if (!stopped) start();
      }, ms);
    });
  }

  start();
  return {
    get running() {
      return running;
    },
    get trouble() {
      const lately = last !== null && performance.now() - last.at < SAID_MS ? last.how : null;
      const before = lately === null ? '' : `, for the one before ended by itself (${lately})`;
      if (running?.serves) return lately === null ? null : `it was started again${before}`;
      return `it is being started${before}`;
    },
    stop() {
      stopped = true;
      if (!running) return;
      if (running.begun) running.exchange.tell('stop');
      else running.worker.process.kill('SIGTERM');
    },
  };
}

/** Ends one that answers no ping. A supervisor that was held up itself has asked less often meanwhile. */
function watch(running: Running, { pingMs, unanswered }: SlotTimes): { is(): boolean; close(): void } {
  let asking = false;
  let missed = 0;
  let hung = false;
  const timer = setInterval(() => {
    // Before it has begun nobody is there to hear it.
    if (asking || !running.begun) {
      missed++;
      if (missed < (running.begun ? unanswered.begun : unanswered.before)) return;
      hung = true;
      running.worker.process.kill('SIGKILL');
      return;
    }
    asking = true;
    missed = 0;
    running.exchange.ask('ping').then(
      () => {
        asking = false;
      },
      () => {},
    );
  }, pingMs);
  return { is: () => hung, close: () => clearInterval(timer) };
}
