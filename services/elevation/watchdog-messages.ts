// What main thread and watchdog thread say to each other. Times are `process.hrtime` nanoseconds, the one clock that threads share.
import type pg from 'pg';
import type { WriterBackend } from './elevations.ts';

/** A control connection that can be handed to another thread. */
export type ControlConnection = Omit<pg.ClientConfig, 'password' | 'ssl' | 'stream' | 'types'> & {
  password?: string | undefined;
  ssl?: false | Record<string, unknown> | undefined;
  /** The server's certificate is checked, its name is not (sslmode verify-ca, or no check at all). */
  anyServerName?: boolean;
};

export interface WatchdogData {
  targets: Record<string, ControlConnection>;
  leaseNs: bigint;
  graceNs: bigint;
  /** Of 32 bits: how often the main thread's event loop came round to say so. */
  beats: SharedArrayBuffer;
  /** How long it may say nothing, in ms. */
  standstillMs: number;
}

export type ToWatchdog =
  | { say: 'arm'; writer: WriterBackend; deadline: bigint; lease: bigint }
  | { say: 'disarm'; writer: WriterBackend }
  | { say: 'lease'; at: bigint }
  | { say: 'look'; ask: number; writer: WriterBackend; signal: boolean; until: bigint }
  | { say: 'sweep'; ask: number; target: string; sessions: string[]; until: bigint }
  | { say: 'committed'; ask: number; target: string; transaction: string; until: bigint }
  | { say: 'close' };

export type Fate = 'gone' | 'unconfirmed';

export type FromWatchdog =
  | { say: 'fate'; ask: number; fate: Fate }
  | { say: 'committed'; ask: number; committed: boolean | null }
  /** It ended a backend by itself. */
  | { say: 'fired'; writer: WriterBackend; why: 'deadline' | 'lease' }
  /** What it fired upon is gone. */
  | { say: 'over'; writer: WriterBackend }
  | { say: 'trouble'; target: string; problem: string };

/** One key a backend: a process id is used again, with another start. */
export function backendKey({ target, pid, startedAt }: WriterBackend): string {
  return JSON.stringify([target, pid, startedAt]);
}
