// graphile-worker, kept running: it ends itself when it cannot record what became of a job, as in an outage of the database.
import { EventEmitter } from 'node:events';
import { Logger, type Runner, run, type WorkerEvents, type WorkerPool } from 'graphile-worker';
import type pg from 'pg';
import { isJobPayload, TASK } from './jobs.ts';
import type { Log } from './log.ts';

export interface RunnerDeps {
  pool: pg.Pool;
  /** Unique among live processes. Jobs under way are locked by it, so that others can free them when this process is gone. */
  replica: string;
  concurrency: number;
  work: (notice: string) => Promise<void>;
  log: Log;
}

export interface SteadyRunner {
  /** Workers look for jobs in so many milliseconds, rather than at their next poll. */
  lookIn(ms: number): void;
  /** Lets the jobs under way end (their time is bounded), and stops. */
  close(): Promise<void>;
}

/** What jobs under way at a replica are locked by. */
export const lockedBy = (replica: string): string => `sudoqld-${replica}`;

const POLL = 2_000;

export function startRunner({ pool, replica, concurrency, work, log }: RunnerDeps): SteadyRunner {
  let closed = false;
  let runner: Runner | null = null;
  let workers: WorkerPool | null = null;
  let wake = () => {};
  const timers = new Set<NodeJS.Timeout>();
  const finished = keepRunning();

  return {
    lookIn(ms) {
      if (closed) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (workers?._active) workers.nudge(concurrency);
      }, Math.ceil(ms) + 1);
      timers.add(timer);
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      wake();
      await runner?.stop().catch(() => undefined);
      await finished;
    },
  };

  async function keepRunning(): Promise<void> {
    for (let pause = 100; !closed; pause = Math.min(pause * 2, 5_000)) {
      const started = performance.now();
      try {
        await pool.query('SELECT graphile_worker.force_unlock_workers($1)', [[lockedBy(replica)]]);
        if (closed) break;
        runner = await run({
          pgPool: pool,
          // Otherwise an environment variable of the library's could name another.
          schema: 'graphile_worker',
          taskList: {
            [TASK]: async (payload) => {
              if (!isJobPayload(payload)) throw new Error('A job of the outbox names no notice.');
              await work(payload.notice);
            },
          },
          parsedCronItems: [],
          concurrency,
          pollInterval: POLL,
          noHandleSignals: true,
          events: named(),
          logger: quietLogger(log),
          // Batched, because only batches handle their own failure: otherwise a lost database is an unhandled rejection.
          preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
        });
        // Closed while it was starting: nobody else stops it.
        if (closed) await runner.stop();
        await runner.promise;
      } catch (error) {
        log.warn({ problem: error instanceof Error ? error.message : String(error) }, 'the notifier starts again');
      }
      runner = null;
      workers = null;
      if (performance.now() - started > 10_000) pause = 100;
      if (!closed) await rest(pause);
    }
  }

  /** graphile-worker locks jobs by its pool's id, which is random: it is given ours before the first worker starts. */
  function named(): WorkerEvents {
    const events: WorkerEvents = new EventEmitter();
    events.on('pool:create', ({ workerPool }) => {
      workerPool.id = lockedBy(replica);
      workers = workerPool;
    });
    return events;
  }

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Its errors are worth a warning of ours, without job or stack; the rest is for debugging. */
function quietLogger(log: Log): Logger {
  return new Logger(() => (level, message) => {
    const line = message.split('\n')[0] ?? '';
    if (level === 'error' || level === 'warning') log.warn({ worker: line.slice(0, 500) }, 'outbox worker');
    else log.debug({ worker: line.slice(0, 500) }, 'outbox worker');
  });
}
