// One query every 250 ms asks the ledger's database for all that other processes may have changed.
// Built by `makeHeartbeat` (make-heartbeat.ts). NOTIFY only hastens the next beat.
import type { Namesake } from './replica-name.ts';
import type { Stopper } from '../entry/entry.ts';

export interface Heartbeat {
  /** Calls back once, when the elevation was revoked by anyone anywhere. Returns how to stop watching. */
  watchElevation(id: string, onRevoked: (by: Stopper) => void): () => void;
  /** Calls back once, when the token was revoked or has expired. */
  watchToken(id: string, onEnded: (why: 'revoked' | 'expired') => void): () => void;
  /** Called with each change of the activated policy revision in the database (`policy.source: database`), and at once. */
  watchPolicy(onChange: (revision: string | null) => void): () => void;
  /** Called after every beat that the ledger answered. */
  onLease(listener: () => void): () => void;
  /** Replicas whose advisory lock is free, so whose process is gone: their open elevations and intents want settling. Called once each. */
  onDeadReplica(listener: (replica: string) => Promise<void>): () => void;
  /** That replica's process is known to be gone: it is settled as soon as its lock is free. */
  gone(replica: string): void;
  /** Another gateway that lives and has this one's name; null when this one has it, or none was given. */
  readonly namesake: Namesake | null;
  /** Resolves when it is known whose the name is. */
  readonly named: Promise<void>;
  /** `Clock.monotonic()` of the last answered beat; null before the first. */
  readonly confirmedAt: number | null;
  /** Milliseconds by which the ledger's clock is ahead of this process's (negative: behind), at least; 0 when they agree. */
  readonly clockOffMs: number;
  /** Calls back at each NOTIFY on `channel` with its payload, which anybody may have sent; null after each connecting. For this heartbeat's life. */
  hear(channel: string, heard: (payload: string | null) => void): void;
  /** Beats now (after a NOTIFY, or because the caller just wrote). */
  hasten(): void;
  close(): Promise<void>;
}
