// One session: PostgreSQL's protocol (by `pg`) inside a WebSocket to the gateway.
import pg from 'pg';
import type { WebSocket } from 'ws';
import { WebSocketStream } from '../../services/contract/websocket-stream.ts';
import { CONNECT_MS, openSocket } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { answered, type Gateway, whoAmI } from './gateway-api.ts';
import type { ResultSink } from './output/result.ts';
import { Problem } from './problem.ts';
import { readState, type SessionState } from './state.ts';
import { type ServerMessage, StatementError } from './statement-error.ts';
import { type CopyData, type PgConnection, StatementRun } from './statement-run.ts';

export interface ConnectOptions {
  target: string;
  /** Elevates when it connects. */
  write?: { reason: string; duration: string | null };
  onNotice: (notice: ServerMessage) => void;
  /** The gateway reported something: the mode, its end, … */
  onState: () => void;
}

/** The connection is gone; whether the statement that was running took effect is not known. */
export class ConnectionLost extends Problem {
  constructor(why: string, whileRunning: boolean) {
    super(
      EXIT.connection,
      `The connection to the gateway was lost: ${why}`,
      whileRunning ? 'Whether the statement took effect is not known: look before you send it again.' : null,
    );
  }
}

export interface GatewayClient {
  readonly state: SessionState;
  /** `I` idle, `T` in a transaction, `E` in a failed one. */
  readonly transaction: string;
  /** A statement is running. */
  readonly busy: boolean;
  /** The connection is there. */
  readonly usable: boolean;
  readonly user: string;
  /** The target's version, as it says it. */
  readonly serverVersion: string;
  /** Runs one statement behind those that run; resolves when its result is shown. Throws StatementError or ConnectionLost. */
  run(text: string, sink: ResultSink, data?: CopyData | null): Promise<void>;
  /** Asks the gateway to cancel what runs; resolves when it was delivered. */
  cancel(): Promise<void>;
  /** Resolves, with why, when the connection has ended without our doing. */
  readonly lost: Promise<ConnectionLost>;
  close(): Promise<void>;
}

/** The gateway pings every 25 s; when none came for so long, it is gone. */
const SILENCE_MS = 90_000;

/** Throws a Problem when there is no session to be had. */
export async function connect(gateway: Gateway, options: ConnectOptions): Promise<GatewayClient> {
  const { user, clockOffset } = await whoAmI(gateway);
  const socket = openSocket(gateway);
  const stream = new WebSocketStream(socket);
  const client = new pg.Client({
    stream: () => stream as never,
    user,
    database: options.target,
    application_name: 'sudoql',
    // Of the environment nothing is taken: PGOPTIONS is for psql.
    options: options.write ? startupOptions(options.write) : '-c client_encoding=UTF8',
    password: '',
    ssl: false,
    connectionTimeoutMillis: CONNECT_MS,
  });
  const { connection } = client as unknown as { connection: PgConnection };

  const parameters = new Map<string, string>();
  let state = readState(parameters, clockOffset);
  let transaction = 'I';
  let running: { resolve: () => void; reject: (error: Error) => void; run: StatementRun; text: string } | null = null;
  let closing = false;
  let gone = false;
  let lastError: Error | null = null;
  /** Resolves when the last of those that run or wait is over, however it ended: that is its own caller's to hear. */
  let last: Promise<unknown> = Promise.resolve();

  connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    parameters.set(parameterName, parameterValue);
    state = readState(parameters, clockOffset);
    options.onState();
  });
  connection.on('readyForQuery', ({ status }) => {
    transaction = status;
    const ended = running;
    running = null;
    if (!ended) return;
    const { error, finished } = ended.run;
    if (error) finished.then(() => ended.reject(new StatementError(error, ended.text)), ended.reject);
    else finished.then(ended.resolve, ended.reject);
  });
  client.on('notice', (notice) => options.onNotice(notice as ServerMessage));
  client.on('error', (error) => {
    // What the gateway said counts, and not what `pg` makes of the end that follows.
    if (!lastError || !('severity' in lastError)) lastError = error;
  });

  await Promise.race([client.connect(), upgradeRefused(socket)]).catch((error: unknown) => {
    stream.destroy();
    throw connectProblem(error);
  });

  const lost = new Promise<ConnectionLost>((resolve) => {
    client.once('end', () => {
      gone = true;
      if (closing) return;
      const ended = running;
      running = null;
      const why = new ConnectionLost(lastWords(ended?.run.error ?? lastError), ended !== null);
      ended?.reject(why);
      resolve(why);
    });
  });
  watchSilence(socket, stream);

  return {
    get state() {
      return state;
    },
    get transaction() {
      return transaction;
    },
    get busy() {
      return running !== null;
    },
    get usable() {
      return !gone;
    },
    user,
    get serverVersion() {
      return parameters.get('server_version') ?? '';
    },
    lost,
    run: (text, sink, data = null) => {
      const start = () =>
        new Promise<void>((resolve, reject) => {
          if (gone) return reject(new ConnectionLost(lastWords(lastError), false));
          const run = new StatementRun(text, sink, data);
          running = { resolve, reject, run, text };
          client.query(run as never);
        });
      const done = last.then(start);
      last = done.catch(() => {});
      return done;
    },
    cancel: () => cancel(gateway, client as unknown as { processID: number; secretKey: number }),
    close: async () => {
      closing = true;
      await client.end();
    },
  };
}

/** Rejects when the gateway answers the upgrade with something else, with what it said. */
function upgradeRefused(socket: WebSocket): Promise<never> {
  return new Promise((_resolve, reject) => {
    socket.once('unexpected-response', (request, response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text = (text + chunk).slice(0, 4_096);
      });
      response.once('close', () => reject(new Problem(EXIT.connection, answered(response.statusCode, text))));
      setTimeout(() => request.destroy(), 1_000).unref();
    });
  });
}

/** `options` of the startup packet: spaces and backslashes are escaped, as PostgreSQL reads them. */
export function startupOptions({ reason, duration }: { reason: string; duration: string | null }): string {
  const escaped = (text: string): string => text.replace(/[\\\s]/g, (character) => `\\${character}`);
  const options = [`-c sudoql.reason=${escaped(reason)}`];
  if (duration !== null) options.push(`-c sudoql.duration=${escaped(duration)}`);
  return options.join(' ');
}

/** A CancelRequest through a second WebSocket, which the gateway closes when the cancel is through. */
function cancel(gateway: Gateway, { processID, secretKey }: { processID: number; secretKey: number }): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = openSocket(gateway);
  return new Promise((resolve, reject) => {
    socket.once('open', () => socket.send(request));
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
}

/** Drops a connection whose other side has gone without a word. A gateway that never pings is not watched. */
function watchSilence(socket: WebSocket, stream: WebSocketStream): void {
  let timer: NodeJS.Timeout | undefined;
  socket.on('ping', () => {
    clearTimeout(timer);
    timer = setTimeout(() => stream.destroy(new Error('nothing was heard of it for a while')), SILENCE_MS);
    timer.unref();
  });
  socket.once('close', () => clearTimeout(timer));
}

function connectProblem(error: unknown): Error {
  if (error instanceof Problem) return error;
  const fields = error as ServerMessage & Error;
  if (fields.file !== 'sudoql') return new Problem(EXIT.connection, `No session: ${fields.message ?? String(error)}`);
  const code = fields.routine?.startsWith('sudo_') ? EXIT.elevation : EXIT.connection;
  const detail = fields.detail ? `\n${fields.detail}` : '';
  return new Problem(code, `${fields.message ?? 'The gateway gave no session.'}${detail}`, fields.hint ?? null);
}

function lastWords(error: (Error & ServerMessage) | null): string {
  if (!error) return 'it was closed.';
  return [error.message, error.detail, error.hint].filter(Boolean).join(' ');
}
