// What is known of a client when it has authenticated and before its session is opened.
import type { Duplex } from 'node:stream';
import type { Authenticated } from '../../ledger/tokens/tokens.ts';

export interface Hello {
  who: Authenticated;
  /** The startup packet's `database`: the target's name. */
  target: string;
  via: 'tcp' | 'websocket';
  clientAddress: string;
  /** Protocol minor that was agreed: 0 or 2. The cancel key is 4 bytes in 3.0, 32 in 3.2. */
  minor: 0 | 2;
  /** The startup packet's parameters, `options` unparsed, without user, database and `_pq_.` ones. */
  parameters: ReadonlyMap<string, string>;
}

/** Sessions, as the wire listener and the WebSocket route see them. Built by `makeSessions` (session/sessions.ts). */
export interface Sessions {
  /**
   * Takes `client` over after AuthenticationOk was sent: opens the reader, sends ParameterStatus, BackendKeyData,
   * ReadyForQuery (or a FATAL error), and lives until either side closes. The promise resolves when it has ended; it never rejects.
   * `client` is any Duplex with back-pressure; it was paused and nothing of it was lost.
   */
  open(client: Duplex, hello: Hello): Promise<void>;
  /** A CancelRequest. Resolves when the target has closed the cancel connection (or at once when nothing runs or the key is wrong). */
  cancel(processId: number, secret: Buffer): Promise<void>;
  /** Live sessions, for limits and metrics. */
  readonly count: number;
  /** New ones are refused, idle ones ended with 57P01, running statements get `graceMs`. */
  shutdown(graceMs: number): Promise<void>;
}
