import type pg from 'pg';
import { type Connection, connect, isAnswer } from './write/connection.ts';
import { LedgerUnavailable } from './ledger.ts';

/** A few connections for asking the ledger's database, each answer with a deadline. */
export interface LedgerPool {
  /** Throws LedgerUnavailable when there is no answer within the deadline; errors of the statement as they are. */
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[], ms?: number): Promise<R[]>;
  close(): Promise<void>;
}

export interface LedgerPoolOptions {
  connection: pg.ClientConfig;
  /** Default 4. */
  max?: number;
  /** Default 2000. */
  timeoutMs?: number;
}

/** Not pg's own pool: with its `query_timeout` a connection that hangs is handed out again. */
export function makeLedgerPool({ connection, max = 4, timeoutMs = 2_000 }: LedgerPoolOptions): LedgerPool {
  const idle: Connection[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;
  let closed = false;

  async function acquire(): Promise<Connection> {
    const deadline = performance.now() + timeoutMs;
    while (busy >= max) {
      const left = deadline - performance.now();
      if (left <= 0) throw new LedgerUnavailable(`No connection to the ledger was free within ${timeoutMs} ms.`);
      await new Promise<void>((resolve) => {
        const next = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(next), 1);
          resolve();
        }, left);
        waiting.push(next);
      });
    }
    busy++;
    return (
      idle.pop() ??
      connect({ application_name: 'sudoql ledger pool', ...connection }, timeoutMs).then((opened) => {
        opened.onEnd(() => {
          const at = idle.indexOf(opened);
          if (at !== -1) idle.splice(at, 1);
        });
        return opened;
      })
    );
  }

  function release(): void {
    busy--;
    waiting.shift()?.();
  }

  return {
    async query<R extends pg.QueryResultRow>(text: string, values: unknown[] = [], ms = timeoutMs): Promise<R[]> {
      if (closed) throw new LedgerUnavailable('The ledger is closed.');
      let used: Connection | null = null;
      let counted = false;
      try {
        const acquiring = acquire();
        counted = true;
        used = await acquiring;
        const { rows } = await used.within(ms, (client) => client.query<R>(text, values));
        if (closed) used.destroy();
        else idle.push(used);
        return rows;
      } catch (error) {
        if (error instanceof LedgerUnavailable) {
          counted = false;
          throw error;
        }
        if (isAnswer(error)) {
          if (used) idle.push(used);
          throw error;
        }
        used?.destroy();
        throw new LedgerUnavailable('The ledger is out of reach.', { cause: error });
      } finally {
        if (counted) release();
      }
    },
    async close() {
      closed = true;
      await Promise.all(idle.splice(0).map((connection) => connection.close()));
    },
  };
}
