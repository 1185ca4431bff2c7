// What sessions are built from, and what they are held to.
import type pg from 'pg';
import type { Clock } from '../../contract/clock.ts';
import type { Log } from '../../contract/log.ts';
import type { Target } from '../../contract/words.ts';
import type { Elevations, Watchdog } from '../../elevation/elevations.ts';
import type { Heartbeat } from '../../ledger/heartbeat/heartbeat.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Policy } from '../../policy/decision.ts';
import type { Analyser } from '../../statements/analysis.ts';
import type { Counts } from '../processes/counts.ts';
import type { StatementSpans } from '../traces/statement-spans.ts';
import type { CancelKeys } from './cancel/keys.ts';

export interface SessionTarget {
  /** Name and labels, as policy and notices know it. */
  target: Target;
  /** Connections with their logins; `options` and `application_name` are the session's to fill. */
  reader: pg.ClientConfig;
  writer: pg.ClientConfig;
  /** Its operator permits LISTEN. */
  listen?: boolean;
  /** Why no session may be opened now (not proved at start), or null. */
  problem?: () => string | null;
  /** It could not be reached (why), or a connection to it was lost (null). */
  doubt?: (why: string | null) => void;
}

export interface SessionLimits {
  /** Sessions at once: of everyone, and of one principal. */
  sessions: number;
  sessionsPerPrincipal: number;
  /** Statements that one principal may have running at once, over all sessions. */
  statementsPerPrincipal: number;
  /** Bytes of one text. */
  textRead: number;
  textWrite: number;
  /** Of one statement's result. */
  rows: number;
  bytes: number;
  /** Milliseconds; 0 is none. */
  statementTimeout: number;
  idleTimeout: number;
  idleInTransactionTimeout: number;
}

/** Cancel keys, and the way to whoever else gave one out. */
export interface Cancels extends CancelKeys {
  /** The key is right by its checksum, and no session's of this process. Resolves when its own has been cancelled, or cannot be. */
  elsewhere(processId: number, secret: Buffer): Promise<void>;
}

export interface SessionDeps {
  analyser: Analyser;
  policy: Policy;
  ledger: Ledger;
  elevations: Elevations;
  /** The URL of a page of the console, by its path; null when there is none. */
  page?: (path: string) => string | null;
  watchdog: Pick<Watchdog, 'terminate' | 'confirmGone' | 'committed'>;
  heartbeat: Pick<Heartbeat, 'watchToken'>;
  cancels: Cancels;
  targets: Record<string, SessionTarget>;
  limits: SessionLimits;
  /** Where sessions and statements are counted; default: in this process. */
  counts?: Counts;
  /** A cancel key for this session was wrong. */
  onWrongKey?: (processId: number) => void;
  clock: Clock;
  log: Log;
  /** Milliseconds that `sudo` waits for others to agree before it answers with the request's id. */
  approvalWaitMs: number;
  /** Seconds of an elevation that names none, as configured; policy may say less. For prompts only. */
  usualSeconds?: number;
  /** Prefixes of settings that policy lets reads of a target set. */
  ownSettings?: (target: string) => readonly string[];
  /** Left out where nothing is traced. */
  spans?: StatementSpans;
  /** So many permissions held on: policy was not asked again. */
  decisionsKept?: (count: number) => void;
  /** Milliseconds that a listener may take nothing, or be idle in a transaction. */
  listenerPatienceMs?: number;
  /** A statement changed the target's catalogue, or may have; called after its commit. */
  schemaChanged?: (target: string) => void;
}
