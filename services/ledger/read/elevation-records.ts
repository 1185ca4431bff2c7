// What the ledger knows of elevations, for lists, revocation and recovery. Built by `makeElevationRecords`.
import type { Stopper, ElevationSummary, EndReason, EntryDraft } from '../entry/entry.ts';
import type pg from 'pg';

export interface ElevationRecord {
  id: string;
  session: string;
  principal: string;
  target: string;
  reason: string;
  by: 'connect' | 'in-band';
  /** Others' approval was skipped; left out otherwise. */
  breakGlass?: true;
  startedAt: Date;
  /** The latest one, extensions included. */
  deadline: Date;
  /** `live` until an elevation_ended entry exists. */
  state: 'live' | 'ended';
  revokedBy: Stopper | null;
  endedAt: Date | null;
  why: EndReason | null;
  summary: ElevationSummary | null;
  replica: string;
  writer: { pid: number; startedAt: string };
  place: Place;
}

/** Whose elevation on which target. */
export interface Pair {
  principal: string;
  target: string;
}

/** Where a list went on from: the elevation that came last. */
export interface Place {
  at: Date;
  chain: string;
  seq: number;
}

export interface ElevationFilter {
  live?: boolean;
  /** Begun at or after, and before. */
  since?: Date;
  until?: Date;
  /** Only of these. */
  among?: readonly Pair[];
  /** Only what comes behind it in the list. */
  after?: Place;
  principal?: string;
  target?: string;
  /** Of which gateway process; for settling what a dead one left. */
  replica?: string;
  limit?: number;
}

export interface ElevationRecords {
  /** The newest first. */
  list(filter: ElevationFilter): Promise<ElevationRecord[]>;
  /** Who elevated where, each once: so that who may see which is asked before the limit cuts. */
  pairs(filter: Pick<ElevationFilter, 'live' | 'principal' | 'target' | 'since' | 'until'>): Promise<Pair[]>;
  show(id: string): Promise<ElevationRecord | null>;
  /**
   * Commits the elevation_revoked entry and, by `mark` in the same transaction, the revocation that every heartbeat sees. Who has
   * more to do in it (notices) gives `commit`. False when it is not live. Revoking twice is one revocation.
   */
  revoke(
    id: string,
    actor: Stopper,
    commit?: (
      draft: EntryDraft,
      mark: (client: pg.ClientBase) => Promise<void>,
      record: ElevationRecord,
    ) => Promise<unknown>,
  ): Promise<boolean>;
  /** Statements of that replica with an intent and no outcome, as they were recorded before there were entries of writes. */
  openIntents(replica: string): Promise<OpenIntent[]>;
  /** Of that replica's sessions without an end: executions that its record has as begun only. */
  openExecutions(replica: string): Promise<OpenExecutions[]>;
  /** The same of sessions that another gateway settled without them, as one of an older version does. */
  leftExecutions(): Promise<OpenExecutions[]>;
}

export interface OpenIntent {
  statement: string;
  session: string;
  principal: string;
  target: string;
  elevation: string | null;
}

/** Of one session in read mode, or in one elevation. */
export interface OpenExecutions {
  session: string;
  principal: string;
  target: string;
  /** Null: in read mode. */
  elevation: string | null;
  numbers: number[];
}
