// Elevations as a session sees them. Built by `makeElevations`.
import type { ClientError } from '../contract/errors.ts';
import type { Principal, Target } from '../contract/words.ts';
import type { ElevationSummary, EndReason, Stopper } from '../ledger/entry/entry.ts';
import type { ApprovalSet } from '../policy/decision.ts';
import type { Remark } from './remarks.ts';
import type { Foreseen } from './foresee.ts';
import type { RequestRecord, RequestState } from './requests/requests.ts';

export interface SessionRef {
  id: string;
  principal: Principal;
  /** Id of the token that authenticated it (never the token). */
  token: string;
  /** When that one ends, and every session of it; left out where that is not known. */
  tokenExpires?: Date;
  target: Target;
  via: 'tcp' | 'websocket';
  applicationName: string;
  clientAddress: string;
}

export interface ElevationRequest {
  session: SessionRef;
  by: 'connect' | 'in-band';
  reason: string;
  /** As the client wrote it: '10 min', '900', '1h'; null for the default. */
  duration: string | null;
  /** Asks to skip others' approval, and to be reviewed for it. */
  breakGlass?: boolean;
  /** The one that was waited for, and is approved: no other is made in its place. */
  request?: string;
}

/** A request that others must agree to first. */
export interface WaitsFor {
  request: string;
  /** Names of the sets of people. */
  asked: string[];
  /** By which channels they were told. */
  channels: string[];
  until: Date;
}

/** Answer of the floor and policy to a request. A refusal was recorded and announced. */
export type ElevationVerdict =
  | {
      ok: true;
      seconds: number;
      reason: string;
      notify: string[];
      revision: string;
      /** That others agreed to; used up by `start` or `extend`. */
      approved?: { request: string; by: string[] };
      /** Approval is skipped: who would have been asked. */
      glass?: { sets: ApprovalSet[] };
    }
  /** `waits`: `error` says so; the same request is judged again once it was approved. */
  | { ok: false; error: ClientError; waits?: WaitsFor };

/** The writer's backend, as the target shows it in pg_stat_activity. */
export interface WriterBackend {
  target: string;
  pid: number;
  /** `backend_start` as text, so that a reused pid is never signalled. */
  startedAt: string;
}

/** A grant in force. */
export interface LiveElevation {
  readonly id: string;
  readonly reason: string;
  readonly startedAt: Date;
  readonly deadline: Date;
  /** Who stopped it from outside; null where nobody did. */
  readonly stoppedBy: Stopper | null;
  /** Seconds left by the monotonic clock, at least 0. */
  secondsLeft(): number;
  /** Extends (new record, same backend). */
  extend(request: ElevationRequest, verdict: ElevationVerdict & { ok: true }): Promise<void>;
  /**
   * The session says that it has left write mode. Recorded and announced; resolves when committed. Safe to call twice.
   */
  ended(why: EndReason, summary: ElevationSummary): Promise<void>;
}

export interface Elevations {
  /** What a session that asked for write mode would hear, apart from its reason. Neither recorded nor announced. */
  foresee(session: SessionRef): Foreseen;
  /** Validates reason and duration, applies kind/elevate, configuration and policy. Records and announces a refusal. */
  judge(request: ElevationRequest, current: LiveElevation | null): Promise<ElevationVerdict>;
  showRequest(request: string): Promise<RequestRecord | null>;
  /** Calls back with each state that a request comes to, whichever gateway made it so. Returns how to stop. */
  watchRequest(request: string, changed: (state: RequestState) => void): () => void;
  /**
   * Promise 2 (docs/design.md): commits the elevation's entry with all its notices in one transaction, arms the watchdog, starts the deadline.
   * `end` is called once, from outside the session: deadline, revocation, lost ledger, shutdown. Throws LedgerUnavailable: stay in `read`.
   */
  start(
    request: ElevationRequest,
    verdict: ElevationVerdict & { ok: true },
    writer: WriterBackend,
    end: (why: EndReason) => void,
    /** Called two minutes and thirty seconds before the end, with the seconds left. */
    warn: (secondsLeft: number) => void,
    /** Called with each question that somebody asks about it. */
    asked?: (question: Remark) => void,
  ): Promise<LiveElevation>;
}

/** Ends backends from another thread, over each target's control connection. */
export interface Watchdog {
  /** From now on `writer` is ended `graceMs` after `deadline` (monotonic, performance.now()-based ms of this process), or when no lease came for the lease time. Re-arming replaces. */
  arm(writer: WriterBackend, deadline: number): void;
  disarm(writer: WriterBackend): void;
  /** pg_terminate_backend and look until it is gone, at most `timeoutMs`. */
  terminate(writer: WriterBackend, timeoutMs: number): Promise<'gone' | 'unconfirmed'>;
  /** Is it gone? Looks, does not signal. */
  confirmGone(writer: WriterBackend, timeoutMs: number): Promise<'gone' | 'unconfirmed'>;
  /** Whether the transaction with this id was committed; null when the target does not say, or it is under way. Never rejects. */
  committed(target: string, transaction: string, timeoutMs: number): Promise<boolean | null>;
  /** The ledger was reached just now. */
  lease(): void;
  close(): Promise<void>;
}
