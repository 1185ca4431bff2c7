// The way of one TCP connection, from its first byte to the session that takes it over.
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { ClientError, ErrorCode } from '../../contract/errors.ts';
import type { Tokens } from '../../ledger/tokens/tokens.ts';
import { isLoopback } from '../../contract/loopback.ts';
import { type Authentication, authenticate } from './authenticate.ts';
import { serverEndPoint } from './channel-binding.ts';
import { AUTHENTICATION_OK, ProtocolViolation } from './frames.ts';
import type { Sessions } from './hello.ts';
import type { OpeningLimits } from './limits.ts';
import { readProxyHeader } from './proxy-protocol.ts';
import { ConnectionEnded } from './read-exactly.ts';
import { refuse } from './refuse.ts';
import { readFirstPacket, type Startup } from './startup.ts';
import { ALPN, beginsTls, upgradeToTls } from './tls-upgrade.ts';

export interface ConnectionDeps {
  tokens: Pick<Tokens, 'scram'>;
  sessions: Pick<Sessions, 'open' | 'cancel'>;
  /** Null: SSLRequest is answered `N`. */
  tls: SecureContext | null;
  /** Clients from elsewhere than this machine may authenticate without TLS. */
  allowPlaintext: boolean;
  /** Whether who connects from there is a balancer, which says first whose connection it is. */
  trusts?: (address: string) => boolean;
  limits: OpeningLimits;
  log: Pick<Logger, 'info' | 'error'>;
  /** Each refusal before a session, for metrics. */
  onRefused: (code: ErrorCode, address: string) => void;
}

/** What came of a connection's opening. `ended`: nothing more to say (a CancelRequest was answered, the client left). */
type Opening =
  | { kind: 'open'; startup: Startup; who: (Authentication & { ok: true })['who'] }
  | { kind: 'refused'; error: ClientError }
  | { kind: 'ended' };

/** Whose place among the half-open connections it is, as a balancer has said. False where that address has as many as it may. */
type IsOf = (address: string) => Promise<boolean>;

/**
 * Serves `socket`, which is of `peer`, until its session has ended. `leave` gives back its place among the half-open connections.
 * Never rejects.
 */
export async function serveConnection(
  socket: Socket,
  peer: string,
  leave: () => void,
  deps: ConnectionDeps,
  isOf: IsOf = async () => true,
): Promise<void> {
  const progress: Progress = { stream: socket, startup: null, address: peer };
  const opening = await openInTime(socket, peer, isOf, progress, deps);
  const { address } = progress;
  if (opening.kind === 'refused') {
    const { code } = opening.error;
    deps.onRefused(code, address);
    deps.log.info({ code, user: progress.startup?.user.slice(0, 64), address }, 'connection refused');
    // Said later, so that who tries again and again waits each time; who does not wait for it has kept the place all the same.
    if (code === 'wrong_token') await delay(deps.limits.refusedMs, undefined, { ref: false });
    await refuse(progress.stream, opening.error);
  }
  leave();
  if (opening.kind === 'ended') socket.destroySoon();
  if (opening.kind !== 'open') return;

  const { stream } = progress;
  // A `readable` listener came and went; only an explicit pause makes the stream wait for its next reader.
  stream.pause();
  stream.write(AUTHENTICATION_OK);
  const { database: target, minor, parameters } = opening.startup;
  const hello = { who: opening.who, target, via: 'tcp', clientAddress: address, minor, parameters } as const;
  await deps.sessions.open(stream, hello).catch((error) => {
    deps.log.error({ err: error }, 'fault in a session');
    stream.destroy();
  });
}

/** `open` with its deadline and its exceptions made answers. */
async function openInTime(
  socket: Socket,
  peer: string,
  isOf: IsOf,
  progress: Progress,
  deps: ConnectionDeps,
): Promise<Opening> {
  const { authenticationMs } = deps.limits;
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<Opening>((resolve) => {
    deadline = setTimeout(() => {
      // Who has not said a word of the protocol would not understand an answer.
      if (progress.startup) resolve({ kind: 'refused', error: tooSlow(authenticationMs) });
      else resolve({ kind: 'ended' });
    }, authenticationMs);
  });
  try {
    return await Promise.race([open(socket, peer, isOf, progress, deps), late]);
  } catch (error) {
    const answer = answerTo(error, deps.log);
    return answer ? { kind: 'refused', error: answer } : { kind: 'ended' };
  } finally {
    clearTimeout(deadline);
  }
}

/** How far a connection came, for whoever has to end it from outside. */
interface Progress {
  stream: Socket;
  startup: Startup | null;
  /** The client's, once a balancer has named it. */
  address: string;
}

async function open(
  socket: Socket,
  peer: string,
  isOf: IsOf,
  progress: Progress,
  deps: ConnectionDeps,
): Promise<Opening> {
  if (deps.trusts?.(peer)) {
    progress.address = (await readProxyHeader(socket)) ?? peer;
    if (!(await isOf(progress.address))) return { kind: 'refused', error: TOO_MANY };
  }
  let secure: TLSSocket | null = null;
  let askedForTls = false;
  let askedForGss = false;
  if (deps.tls && (await beginsTls(socket))) {
    askedForTls = true;
    secure = await upgradeToTls(socket, deps.tls);
    progress.stream = secure;
    if (secure.alpnProtocol !== ALPN) return { kind: 'refused', error: NO_ALPN };
  }
  for (;;) {
    const first = await readFirstPacket(progress.stream, deps.limits.startupBytes);
    switch (first.kind) {
      case 'gssenc':
        if (askedForGss || secure) throw new ProtocolViolation('GSS encryption was asked for twice');
        askedForGss = true;
        socket.write('N');
        continue;
      case 'ssl':
        if (askedForTls) throw new ProtocolViolation('TLS was asked for twice');
        askedForTls = true;
        // Plain bytes behind the request are an injection: they would be read as if they had come encrypted (CVE-2021-23214).
        if (socket.readableLength > 0) throw new ProtocolViolation('unencrypted bytes behind a TLS request');
        if (!deps.tls) {
          socket.write('N');
          continue;
        }
        socket.write('S');
        secure = await upgradeToTls(socket, deps.tls);
        progress.stream = secure;
        continue;
      case 'cancel':
        // The client's connection stays open until the cancel has been delivered: it may send its next statement then.
        await deps.sessions.cancel(first.processId, first.secret);
        return { kind: 'ended' };
      case 'other_version':
        return { kind: 'refused', error: otherVersion(first.version) };
      case 'startup': {
        progress.startup = first.startup;
        // What a balancer says of a client does not make the wire between the two a short one.
        const near = isLoopback(peer) && isLoopback(progress.address);
        const login = await logIn(first.startup, near, secure, progress.stream, deps);
        if (!login.ok) return { kind: 'refused', error: login.error };
        return { kind: 'open', startup: first.startup, who: login.who };
      }
    }
  }
}

async function logIn(
  startup: Startup,
  near: boolean,
  secure: TLSSocket | null,
  stream: Socket,
  deps: ConnectionDeps,
): Promise<Authentication> {
  if (!secure && !deps.allowPlaintext && !near) return { ok: false, error: tlsRequired(deps.tls !== null) };
  if (startup.negotiate) stream.write(startup.negotiate);
  if (startup.user === '') return { ok: false, error: NO_USER };
  const tokens = {
    scram: (user: string) => deps.tokens.scram(user).catch((cause) => Promise.reject(new Unready(cause))),
  };
  return authenticate(stream, startup.user, tokens, serverEndPoint(secure?.getX509Certificate()));
}

/** Tokens cannot be looked up now. */
class Unready extends Error {
  constructor(cause: unknown) {
    super('Tokens cannot be checked.', { cause });
  }
}

/** What to tell the client of an exception; null where nobody is left to be told. */
function answerTo(error: unknown, log: ConnectionDeps['log']): ClientError | null {
  if (error instanceof ConnectionEnded) return null;
  if (error instanceof ProtocolViolation) return { code: 'protocol_violation', message: error.message };
  if (error instanceof Unready) {
    log.error({ err: error.cause }, 'tokens cannot be checked');
    return {
      code: 'not_ready',
      message: 'tokens cannot be checked now',
      hint: 'Try again; /readyz says what is missing.',
    };
  }
  const id = randomUUID();
  log.error({ err: error, id }, 'fault while a connection was opened');
  return { code: 'fault', message: `a fault of sudoql, number ${id}` };
}

export const TOO_MANY: ClientError = {
  code: 'too_many_connections',
  message: 'too many connections are logging in at once',
  hint: 'Try again in a moment.',
};

/** As PostgreSQL: what is not said in plain must be said in the handshake, or another protocol's client could be led here. */
const NO_ALPN: ClientError = {
  code: 'protocol_violation',
  message: `TLS without SSLRequest must name its protocol in the handshake (ALPN "${ALPN}")`,
  hint: 'With sslnegotiation=direct libpq does, from 17 on; sslnegotiation=postgres asks first.',
};

const NO_USER: ClientError = { code: 'not_authorized', message: 'the startup packet names no user' };

const otherVersion = (version: string): ClientError => ({
  code: 'not_supported',
  message: `protocol ${version} is not spoken here: 3.0 to 3.2 are`,
});

const tooSlow = (ms: number): ClientError => ({
  code: 'not_authorized',
  message: `the client took longer than ${ms / 1_000} s to authenticate`,
});

const tlsRequired = (configured: boolean): ClientError => ({
  code: 'tls_required',
  message: 'this connection is not encrypted; from another machine it has to be',
  hint: configured
    ? 'Connect with sslmode=require, or better verify-full.'
    : 'The gateway has no certificate: its operator must configure listen.wire.tls.',
});
