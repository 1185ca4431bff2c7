import type { Client, ClientBase, Pool, PoolClient } from 'pg';

export type Mode = 'read' | 'write';

/** What the gateway answered instead of the database. `code` is stable (docs/errors.md). */
export class SudoError extends Error {
  readonly code: string;
  readonly sqlstate: string;
  /** Why; "" when nothing was said. */
  readonly detail: string;
  /** What to do now; "" when nothing was said. */
  readonly hint: string;
}
/** A statement that does more than read, in read mode; write mode would permit it, and this person the mode. */
export class SudoRequired extends SudoError {}
/** Policy, or what no policy can allow, says no: of the statement (in read mode: in write mode too), or of write mode. */
export class SudoRefused extends SudoError {}
/** Write mode ended under it. With SQLSTATE 40003 nobody can say whether the statement was committed: look first. */
export class ElevationEnded extends SudoError {}

/** The gateway's answer in an error of pg's, or in one that has it as its cause; null when the database itself said it. */
export function explain(error: unknown): SudoError | null;

/**
 * Write mode while `act` runs; then the session reads only, whatever happened. A pool lends a client of its own for it. What `act`
 * began and did not end is rolled back, after an error and, with an error, after success. Rejects with a SudoError when write mode is
 * refused: nothing was announced then. `for`: how long, as the gateway takes it, such as "10 min".
 */
export function withSudo<T>(
  on: Pool,
  reason: string,
  act: (client: PoolClient) => Promise<T>,
  options?: { for?: string },
): Promise<T>;
export function withSudo<T>(
  on: Client,
  reason: string,
  act: (client: Client) => Promise<T>,
  options?: { for?: string },
): Promise<T>;

/** Calls back each time the gateway reports another mode of this session; returns how to stop. */
export function onMode(client: ClientBase, listener: (mode: Mode) => void): () => void;
