// All sessions of this process: opened, counted, found by their cancel keys, ended by their tokens and at shutdown.
import { randomInt, timingSafeEqual } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ClientError } from '../../contract/errors.ts';
import type { Hello, Sessions } from '../wire/hello.ts';
import type { Cancellable } from './cancel/far-cancels.ts';
import { WrongKeys } from './cancel/wrong-keys.ts';
import type { SessionDeps } from './deps.ts';
import { Doorway } from './target/doorway.ts';
import { notReady } from './statement/guard.ts';
import { fault, toError } from './statement/faults.ts';
import { type Counts, makeCounts, type Taken } from '../processes/counts.ts';
import type { Turnstile } from './statement/limits.ts';
import { fatal, ledgerOut, openSession } from './opening.ts';
import type { Session } from './session.ts';
import { warnBeforeTokenEnds } from './token-warning.ts';
import { Turns } from './turns.ts';

interface Entry {
  hello: Hello;
  secret: Buffer;
  session: Session | null;
  closed: () => void;
}

/** What `makeSessions` returns: beside what the wire needs, what a cancel from elsewhere does. */
export interface SessionsOfProcess extends Sessions {
  /** The session with this key's number, if it is one of this process. */
  find(processId: number): Cancellable | null;
  /** Cancels the session whose whole key this is; false when it is none of this process. */
  cancelHere(processId: number, secret: Buffer): Promise<boolean>;
  /** Another process of this host was given a wrong key for it. */
  wrongKeyElsewhere(processId: number): void;
}

/** How long a shutdown waits for the ends of elevations to be recorded. */
const SETTLE_MS = 3_000;
/** Of which all sessions take a place. */
const ALL = 'sessions';
const UNBOUNDED: Taken = { ok: true, leave: () => {} };
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

export function makeSessions(deps: SessionDeps): SessionsOfProcess {
  const { limits } = deps;
  const counts: Counts = deps.counts ?? makeCounts();
  const wrongKeys = new WrongKeys(deps.clock);
  const entries = new Map<number, Entry>();
  const turns = new Turns();
  const doorway = new Doorway((principal) => turns.beside(principal));
  const pending = new Set<Promise<void>>();
  let closing = false;

  const track = (work: Promise<void>) => {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  };

  /** A session has one of them running at a time. */
  const enough = limits.statementsPerPrincipal >= limits.sessionsPerPrincipal;
  const turnstile = (principal: string): Turnstile =>
    enough
      ? () => UNBOUNDED
      : () => counts.take([{ of: `statements of ${principal}`, most: limits.statementsPerPrincipal }]);

  const shuttingDown = (): ClientError | null =>
    closing ? { code: 'shutting_down', message: 'sudoql is shutting down', hint: 'Connect again.' } : null;

  /** A place for the session, or why there is none. */
  async function admit({ who, target }: Hello): Promise<(Taken & { ok: true }) | ClientError> {
    const barred = shuttingDown() ?? (seen(who, target) ? null : unknownTarget(target));
    if (barred) return barred;
    const { id } = who.principal;
    const { sessions: all, sessionsPerPrincipal: own } = limits;
    const taken = await counts.take([
      { of: ALL, most: all },
      { of: `sessions of ${id}`, most: own },
    ]);
    if (!taken.ok) {
      if (taken.full === null) return UNCOUNTED;
      return taken.full === ALL
        ? tooMany(`all of the gateway's ${all} sessions are in use`, 'sessions')
        : tooMany(`you have ${own} sessions open, as many as are permitted`, 'sessions_per_principal');
    }
    const late = shuttingDown();
    if (!late) return taken;
    taken.leave();
    return late;
  }

  /** The same words for a target that is not there and for one that is not for this principal. */
  function seen({ principal }: Hello['who'], name: string): boolean {
    const place = Object.hasOwn(deps.targets, name) ? deps.targets[name] : undefined;
    if (!place) return false;
    const now = deps.clock.now();
    const evaluated = deps.policy.admin({
      version: 1,
      principal,
      action: 'target.see',
      subject: null,
      target: place.target,
      clock: { ns: now.getTime() * 1e6, iso: now.toISOString() },
    });
    return evaluated.ok && evaluated.decision.allow;
  }

  async function open(stream: Duplex, hello: Hello): Promise<void> {
    const ready = deps.policy.revision !== null || closing;
    const admitted = ready ? await admit(hello) : notReady();
    if ('code' in admitted) return say(stream, admitted);
    try {
      await openIn(stream, hello);
    } finally {
      admitted.leave();
    }
  }

  /** Resolves when it is over. */
  async function openIn(stream: Duplex, hello: Hello): Promise<void> {
    const place = deps.targets[hello.target];
    if (!place) return say(stream, unknownTarget(hello.target));
    let key = deps.cancels.issue(hello.minor);
    // Only where another process's number came to be this one's, after as many sessions as there are numbers.
    while (key && entries.has(key.processId)) key = deps.cancels.issue(hello.minor);
    if (!key) return say(stream, ledgerOut());
    const { processId, secret } = key;
    const { promise: ended, resolve: closed } = Promise.withResolvers<void>();
    const entry: Entry = { hello, secret, session: null, closed };
    entries.set(processId, entry);
    let unwatch = () => {};
    const onClosed = () => {
      entries.delete(processId);
      unwatch();
      closed();
    };
    try {
      const sessionId = Array.from({ length: 10 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
      const opened = await openSession({
        deps,
        place,
        hello,
        stream,
        processId,
        secret,
        sessionId,
        turnstile: turnstile(hello.who.principal.id),
        turns,
        doorway,
        track,
        onClosed,
        onBorn: (session) => {
          entry.session = session;
          const stops = [
            deps.heartbeat.watchToken(hello.who.token, (why) => tokenEnded(session, why)),
            warnBeforeTokenEnds(session, hello.who.expiresAt),
          ];
          unwatch = () => {
            for (const stop of stops) stop();
          };
        },
      });
      if (opened) {
        say(stream, opened);
        onClosed();
      }
    } catch (thrown) {
      const { error, id } = fault();
      deps.log.error({ err: toError(thrown), request: id }, 'a session could not be opened');
      if (entry.session) entry.session.end(error, 'a fault', 'fault');
      else {
        say(stream, error);
        onClosed();
      }
    }
    await ended;
  }

  async function cancel(processId: number, secret: Buffer): Promise<void> {
    if (wrongKeys.tooMany(processId)) return;
    const entry = entries.get(processId);
    const right = entry
      ? entry.secret.length === secret.length && timingSafeEqual(entry.secret, secret)
      : deps.cancels.proves(processId, secret);
    if (!right) wrongKey(processId);
    else if (entry) await entry.session?.cancel();
    else await deps.cancels.elsewhere(processId, secret);
  }

  /** As `cancel` for a key that another process of this host was given; false when it is no session's here. */
  async function cancelHere(processId: number, secret: Buffer): Promise<boolean> {
    const entry = entries.get(processId);
    if (!entry || wrongKeys.tooMany(processId)) return false;
    if (entry.secret.length !== secret.length || !timingSafeEqual(entry.secret, secret)) {
      wrongKey(processId);
      return false;
    }
    await entry.session?.cancel();
    return true;
  }

  function wrongKey(processId: number): void {
    wrongKeys.count(processId);
    deps.onWrongKey?.(processId);
  }

  function find(processId: number): Cancellable | null {
    const entry = entries.get(processId);
    return entry ? { secret: entry.secret, cancel: async () => entry.session?.cancel() } : null;
  }

  async function shutdown(graceMs: number): Promise<void> {
    closing = true;
    const until = deps.clock.monotonic() + graceMs;
    const error: ClientError = { code: 'shutting_down', message: 'sudoql is shutting down', hint: 'Connect again.' };
    while (entries.size > 0) {
      const over = deps.clock.monotonic() >= until;
      for (const { session } of entries.values()) {
        if (session && (over || !session.busy)) session.end(error, 'shutdown', 'shutdown');
      }
      if (over) break;
      if (entries.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // An end that the ledger does not take is settled by another gateway, or the next start.
    await Promise.race([Promise.all(pending), new Promise((resolve) => setTimeout(resolve, SETTLE_MS).unref())]);
  }

  return {
    open,
    cancel,
    cancelHere,
    wrongKeyElsewhere: (processId) => wrongKeys.count(processId),
    find,
    get count() {
      return entries.size;
    },
    shutdown,
  };
}

function tokenEnded(session: Session, why: 'revoked' | 'expired'): void {
  const message = why === 'revoked' ? 'the token was revoked' : 'the token has expired';
  session.end(
    { code: 'not_authorized', message, hint: 'sudoql login gets you another; connect anew with it.' },
    `token ${why}`,
    'token_revoked',
  );
}

function say(stream: Duplex, error: ClientError): void {
  if (stream.destroyed) return;
  stream.on('error', () => stream.destroy());
  stream.end(fatal(error));
  stream.resume();
  setTimeout(() => stream.destroy(), 1_000).unref();
}

const UNCOUNTED: ClientError = {
  code: 'not_ready',
  message: 'sessions cannot be counted now',
  hint: 'Try again; /readyz says what is missing.',
};

const unknownTarget = (name: string): ClientError => ({
  code: 'unknown_target',
  message: `there is no target "${name}" for you`,
  hint: 'The database is the name of a target; sudoql without one lists yours, and so does GET /v1/targets.',
});

const tooMany = (message: string, setting: string): ClientError => ({
  code: 'too_many_connections',
  message,
  detail: `The operator sets it: limits.${setting}.`,
  hint: 'Close some.',
});
