import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { until } from '../../test/helpers/until.ts';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { startTcpProxy } from '../../test/helpers/tcp-proxy.ts';
import { startFaultyProxy } from '../ledger/testing-proxy.ts';
import { migratedLedger, startLedgerPostgres } from '../ledger/testing.ts';
import { ADD_JOB } from './jobs.ts';
import { makeOutboxPool } from './outbox-pool.ts';
import { makeQueue, type Queue } from './queue.ts';
import { type RunnerDeps, startRunner } from './runner.ts';
import { silentLog } from './testing.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startLedgerPostgres();
});
after(() => cluster?.remove());

type Point = 'take' | 'work' | 'done' | 'putOff';
type Moment = 'before' | 'after';

/** A runner on a queue of its own behind a hop; `on` is called once, when the runner comes to that point. */
async function stage(database: string, more: Partial<RunnerDeps> = {}) {
  const gateway = await migratedLedger(cluster, database);
  const wire = await startFaultyProxy(cluster.port);
  const hop = await startTcpProxy(wire.port);
  const outages = {
    cut: { begin: hop.cut, end: hop.restore },
    // For good: the connections that are open never say a word again.
    silent: { begin: () => wire.hold(['up', 'down']), end: () => {} },
  };
  const pool = makeOutboxPool({ ...gateway, host: '127.0.0.1', port: hop.port }, 4, () => {}, 1_000);
  const direct = new pg.Pool(gateway);
  const worked: string[] = [];
  let trap: { point: Point; moment: Moment; spring: () => void } | null = null;
  const spring = (point: Point, moment: Moment) => {
    if (trap?.point !== point || trap.moment !== moment) return;
    const { spring: sprung } = trap;
    trap = null;
    sprung();
  };
  const queue = makeQueue(pool, 'r');
  const trapped = <A extends unknown[], R>(point: Point, act: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      spring(point, 'before');
      const answer = await act(...args);
      spring(point, 'after');
      return answer;
    };
  };
  const faulty: Queue = {
    ...queue,
    take: trapped('take', queue.take),
    done: trapped('done', queue.done),
    putOff: trapped('putOff', queue.putOff),
  };
  let failing = 0;
  const runner = startRunner({
    queue: faulty,
    concurrency: 2,
    work: async (notice) => {
      spring('work', 'before');
      await pool.query('SELECT 1');
      if (failing-- > 0) throw new Error('the database, say');
      worked.push(notice);
    },
    log: silentLog,
    pollMs: 100,
    ...more,
  });
  return {
    outages,
    queue,
    runner,
    worked,
    direct,
    fail: (times: number) => {
      failing = times;
    },
    add: async (notice: string) => {
      await direct.query(`SELECT ${ADD_JOB('$1::text', 'now()')}`, [notice]);
      runner.lookIn(0);
    },
    trap: (point: Point, moment: Moment, act: () => void) => {
      trap = { point, moment, spring: act };
    },
    left: async () => (await direct.query('SELECT FROM graphile_worker.jobs')).rowCount,
    async close() {
      await runner.close();
      await hop.close();
      await wire.close();
      await pool.end();
      await direct.end();
    },
  };
}

// Each on a queue of its own; most of it is waiting for what does not answer.
describe('outages', { concurrency: 4 }, () => {
  for (const outage of ['cut', 'silent'] as const) {
    for (const point of ['take', 'work', 'done', 'putOff'] as const) {
      for (const moment of point === 'work' ? (['before'] as const) : (['before', 'after'] as const)) {
        test(`promise 8: after an outage (${outage}, ${moment} ${point}) the runner goes on, and after the next`, async () => {
          const at = await stage(`runner_${outage}_${moment}_${point}`.toLowerCase());
          try {
            await at.add('first');
            await until('the first is done', async () => (await at.left()) === 0);
            // The library's runner survived one outage and stood still after the second.
            for (const round of [1, 2]) {
              if (point === 'putOff') at.fail(1);
              const sprung = Promise.withResolvers<void>();
              at.trap(point, moment, () => {
                at.outages[outage].begin();
                sprung.resolve();
              });
              await at.add(`in outage ${round}`);
              await sprung.promise;
              await at.add(`meanwhile ${round}`);
              at.outages[outage].end();
              await at.add(`after ${round}`);
              await until(`all of round ${round} are worked on`, async () => at.worked.includes(`after ${round}`));
              await until(`nothing is left of round ${round}`, async () => (await at.left()) === 0);
              for (const notice of [`in outage ${round}`, `meanwhile ${round}`]) assert.ok(at.worked.includes(notice));
            }
          } finally {
            await at.close();
          }
        });
      }
    }
  }
});

test('promise 8: the runner goes on after the server was stopped and started under it', async () => {
  const own = await startLedgerPostgres();
  const pool = makeOutboxPool(await migratedLedger(own, 'restarted'), 4, () => {}, 1_000);
  const direct = () => own.sql(`SELECT ${ADD_JOB("'after'", 'now()')}`, 'restarted');
  const worked: string[] = [];
  const runner = startRunner({
    queue: makeQueue(pool, 'r'),
    concurrency: 2,
    work: async (notice) => void worked.push(notice),
    log: silentLog,
    pollMs: 50,
  });
  try {
    for (const round of [1, 2, 3]) {
      await own.stop();
      await own.start();
      await direct();
      await until(`it works after restart ${round}`, async () => worked.length === round);
    }
  } finally {
    await runner.close();
    await pool.end();
    await own.remove();
  }
});

test('a job that never comes to an end is freed and begun anew, and does not hold the others', async () => {
  const hangs = new Set(['hangs']);
  const worked: string[] = [];
  const at = await stage('hangs', {
    concurrency: 1,
    givenUpAfterMs: 500,
    work: (notice) => {
      if (hangs.delete(notice)) return new Promise(() => {});
      worked.push(notice);
      return Promise.resolve();
    },
  });
  try {
    await at.add('hangs');
    await at.add('other');
    await until('both are done', async () => (await at.left()) === 0);
    assert.deepEqual(worked.sort(), ['hangs', 'other']);
  } finally {
    await at.close();
  }
});

test('a queue that never answers is asked anew', async () => {
  const at = await stage('unanswered');
  await at.runner.close();
  let asked = 0;
  const runner = startRunner({
    queue: { ...at.queue, take: (most) => (asked++ === 0 ? new Promise(() => {}) : at.queue.take(most)) },
    concurrency: 1,
    work: async (notice) => void at.worked.push(notice),
    log: silentLog,
    givenUpAfterMs: 500,
    pollMs: 50,
  });
  try {
    await at.add('waits');
    await until('it is done', async () => (await at.left()) === 0);
    assert.deepEqual(at.worked, ['waits']);
  } finally {
    await runner.close();
    await at.close();
  }
});

test('a runner that is closed while it starts stops all the same, and frees what it took', async () => {
  const at = await stage('closing');
  await at.runner.close();
  await at.add('taken late');
  const taking = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const runner = startRunner({
    queue: {
      ...at.queue,
      take: async (most) => {
        taking.resolve();
        await go.promise;
        return at.queue.take(most);
      },
    },
    concurrency: 1,
    work: async (notice) => void at.worked.push(notice),
    log: silentLog,
  });
  try {
    await taking.promise;
    const closed = runner.close();
    go.resolve();
    await closed;
    const { rows } = await at.direct.query('SELECT FROM graphile_worker.jobs WHERE locked_by IS NOT NULL');
    assert.deepEqual(rows, []);
  } finally {
    await at.close();
  }
});
