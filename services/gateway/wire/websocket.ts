// PostgreSQL's protocol inside a WebSocket, whose bearer token authenticated the upgrade.
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { ClientError, ErrorCode } from '../../contract/errors.ts';
import { MAX_PAYLOAD, WebSocketStream } from '../../contract/websocket-stream.ts';
import type { Authenticated } from '../../ledger/tokens/tokens.ts';
import { AUTHENTICATION_OK, ProtocolViolation } from './frames.ts';
import type { Counts } from '../processes/counts.ts';
import { HalfOpen } from './half-open.ts';
import type { Sessions } from './hello.ts';
import { OPENING_LIMITS, type OpeningLimits } from './limits.ts';
import { ConnectionEnded } from './read-exactly.ts';
import { refuse } from './refuse.ts';
import { readFirstPacket } from './startup.ts';

/** For @fastify/websocket's `options`: nothing is compressed (results would be, beside what an attacker chose), little is held. */
export const WEBSOCKET_OPTIONS = { maxPayload: MAX_PAYLOAD, perMessageDeflate: false } as const;

export interface WebSocketDeps {
  sessions: Pick<Sessions, 'open' | 'cancel'>;
  log: Pick<Logger, 'info' | 'error'>;
  limits?: Partial<OpeningLimits>;
  /** Where half-open ones are counted; default: in this process. */
  counts?: Counts;
  onRefused?: (code: ErrorCode, address: string) => void;
  /** Milliseconds between pings: proxies drop connections that are silent for a minute. */
  pingMs?: number;
}

/**
 * Makes what the route `/v1/connect` calls for each upgraded connection, once it knows whose bearer token it was and that no
 * browser sent it. It never rejects, and resolves when the session has ended.
 */
export function makeWebSocketHandler(
  deps: WebSocketDeps,
): (socket: WebSocket, who: Authenticated, clientAddress: string) => Promise<void> {
  const limits = { ...OPENING_LIMITS, ...deps.limits };
  const opening = new HalfOpen({
    kind: 'websocket',
    most: limits.halfOpen,
    mostPerAddress: limits.halfOpenPerAddress,
    counts: deps.counts,
  });
  return async (socket, who, clientAddress) => {
    const stream = new WebSocketStream(socket);
    stream.on('error', () => {});
    const place = await opening.enter(who.principal.id);
    if (!place) {
      deps.onRefused?.('too_many_connections', clientAddress);
      return refuse(stream, { code: 'too_many_connections', message: 'too many of your connections open at once' });
    }
    const leave = () => place.leave();
    const stopPinging = keepAlive(socket, stream, deps.pingMs ?? 25_000);
    try {
      await serveAuthenticated(stream, who, clientAddress, limits, leave, deps);
    } finally {
      stopPinging();
      leave();
    }
  };
}

/** Answers the first packet of an authenticated stream: a StartupMessage or a CancelRequest. Never rejects. */
async function serveAuthenticated(
  stream: Duplex,
  who: Authenticated,
  clientAddress: string,
  limits: OpeningLimits,
  leave: () => void,
  { sessions, log, onRefused }: WebSocketDeps,
): Promise<void> {
  const deny = async (error: ClientError): Promise<void> => {
    onRefused?.(error.code, clientAddress);
    await refuse(stream, error);
  };
  const deadline = setTimeout(() => stream.destroy(), limits.authenticationMs);
  try {
    const first = await readFirstPacket(stream, limits.startupBytes);
    if (first.kind === 'cancel') {
      await sessions.cancel(first.processId, first.secret);
      return void stream.end();
    }
    if (first.kind !== 'startup') return await deny(NO_STARTUP);
    const { user, database: target, minor, parameters, negotiate } = first.startup;
    if (user !== who.principal.id) return await deny(notTheirs(who.principal.id));
    clearTimeout(deadline);
    leave();
    stream.pause();
    if (negotiate) stream.write(negotiate);
    stream.write(AUTHENTICATION_OK);
    await sessions.open(stream, { who, target, via: 'websocket', clientAddress, minor, parameters });
  } catch (error) {
    if (error instanceof ConnectionEnded) return void stream.destroy();
    if (error instanceof ProtocolViolation) return await deny({ code: 'protocol_violation', message: error.message });
    const id = randomUUID();
    log.error({ err: error, id }, 'fault while a WebSocket was opened');
    await deny({ code: 'fault', message: `a fault of sudoql, number ${id}` });
  } finally {
    clearTimeout(deadline);
  }
}

/**
 * Pings, and drops a peer that answered neither of two. One that is only slow to read keeps its connection: its answer may be
 * stuck behind what it has not read, or behind what we have not.
 */
function keepAlive(socket: WebSocket, stream: Duplex, everyMs: number): () => void {
  let unanswered = 0;
  socket.on('pong', () => {
    unanswered = 0;
  });
  const timer = setInterval(() => {
    if (socket.bufferedAmount > 0 || socket.isPaused) return;
    if (unanswered >= 2) return void stream.destroy();
    unanswered++;
    socket.ping();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

const NO_STARTUP: ClientError = {
  code: 'protocol_violation',
  message: 'a StartupMessage or a CancelRequest was expected: the WebSocket is encrypted by HTTPS',
};

const notTheirs = (owner: string): ClientError => ({
  code: 'not_authorized',
  message: 'the startup packet names another user than the token',
  hint: `This token belongs to ${owner}.`,
});
