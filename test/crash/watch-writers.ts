import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Cluster } from '../helpers/postgres.ts';
import type { Shown } from './observed.ts';

export interface WritersWatch {
  /** By backend. */
  shown: Map<string, Shown>;
  /** How many stood at the last look. */
  standing: number;
  /** Of all looks, what one took beyond its pause, in milliseconds. */
  slowest: number;
  stop(): Promise<void>;
}

const PAUSE_MS = 40;
/** As the record has them. */
const LOOK = `SELECT pid || ' ' || to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' AS backend
  FROM pg_stat_activity WHERE usename = 'shop_writer'`;

/** Looks at the target itself, past every hop, for as long as it is up. */
export function watchWriters(cluster: Cluster): WritersWatch {
  let stopped = false;
  const watch: WritersWatch = {
    shown: new Map(),
    standing: 0,
    slowest: 0,
    stop: async () => {
      stopped = true;
      await looking;
    },
  };
  const look = async (client: pg.Client) => {
    for (;;) {
      const asked = performance.now();
      const { rows } = await client.query<{ backend: string }>(LOOK);
      watch.standing = rows.length;
      for (const { backend } of rows) {
        const known = watch.shown.get(backend) ?? { backend, from: asked, last: asked };
        // When it was asked: it may have gone while the answer was on its way.
        known.last = asked;
        watch.shown.set(backend, known);
      }
      if (stopped) return;
      await sleep(PAUSE_MS);
      watch.slowest = Math.max(watch.slowest, performance.now() - asked - PAUSE_MS);
    }
  };
  const looking = (async () => {
    while (!stopped) {
      const client = new pg.Client({ connectionString: cluster.url('shop') });
      client.on('error', () => {});
      try {
        await client.connect();
        await look(client);
      } catch {
        // It has crashed, and nothing stands there.
        watch.standing = 0;
        await sleep(PAUSE_MS);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  })();
  return watch;
}
