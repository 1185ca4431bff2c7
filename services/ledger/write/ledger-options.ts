import type { Log } from '../../contract/log.ts';
import type pg from 'pg';
import type { Clock } from '../../contract/clock.ts';
import type { Ledger } from '../ledger.ts';

export interface LedgerOptions {
  /** The gateway's login on the ledger's database, directly: a pooler between would lose the session's locks. */
  connection: pg.ClientConfig;
  /** Id of this process; one of its own for each start, so that what a dead one left can be told apart. */
  replica: string;
  version: string;
  /** How long reads go on while the ledger is out of reach. */
  graceMs: number;
  /** Within this an `append` or `transaction` is committed or refused. Default 2000. */
  timeoutMs?: number;
  /** How long queued entries wait for company. Default 100; at most 250. */
  flushMs?: number;
  /** How often other chains' heads are anchored. Default 60 000; null: only when `anchor` is called. */
  anchorMs?: number | null;
  /** Entries that may wait, all together (and 3,200 characters each). Default 20 000. A principal may have a tenth of it waiting before it is held back. */
  maxQueued?: number;
  clock?: Clock;
  log?: Pick<Log, 'warn' | 'error'>;
}

export interface LedgerWriter extends Ledger {
  /** Resolves when this process's chain has begun, its first entry committed. Never rejects; see `problem`. */
  readonly ready: Promise<void>;
  readonly chain: string;
  /** Why the ledger does not record now; null when all is well. For /readyz. */
  readonly problem: string | null;
  /** Entries that wait to be committed. For /metrics. */
  readonly waiting: number;
  /** Anchors other chains' heads now. Never rejects. */
  anchor(): Promise<void>;
}
