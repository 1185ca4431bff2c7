// A session's beginning: settings, the reader, the client's first parameters, an elevation if the startup packet asks.
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { type ClientError, ofTarget } from '../../contract/errors.ts';
import { PARAMETER_DEFAULT_DURATION, PARAMETER_ENVIRONMENT, PARAMETER_TARGET } from '../../contract/parameters.ts';
import type { SessionRef } from '../../elevation/elevations.ts';
import { AT_BEST, elevationInput } from '../../elevation/policy-input.ts';
import { LedgerUnavailable } from '../../ledger/ledger.ts';
import { backendKeyData, errorResponse, parameterStatus, readyForQuery } from '../wire/frames.ts';
import type { Hello } from '../wire/hello.ts';
import { Backend } from './target/backend.ts';
import { ClientConnection } from './client/client.ts';
import type { SessionDeps, SessionTarget } from './deps.ts';
import type { Doorway } from './target/doorway.ts';
import { isOn } from '../../statements/options.ts';
import { elevate } from './write-mode/elevating.ts';
import { toError } from './statement/faults.ts';
import { Limits, type Turnstile } from './statement/limits.ts';
import { makeRecorder } from './statement/recording.ts';
import { Session } from './session.ts';
import { applicationName } from './names/application-name.ts';
import { type ClientSettings, clientSettings, startupConfig } from './names/settings.ts';
import type { Turns } from './turns.ts';

export interface Opening {
  deps: SessionDeps;
  place: SessionTarget;
  hello: Hello;
  stream: Duplex;
  /** The cancel key. */
  processId: number;
  secret: Buffer;
  sessionId: string;
  turnstile: Turnstile;
  turns: Turns;
  doorway: Doorway;
  track(work: Promise<void>): void;
  onClosed(): void;
  /** There is a session now: it can be ended, and cancelled. */
  onBorn(session: Session): void;
}

/** Longest text that is held to be judged, over the limit by what makes the answer clear. */
const TEXT_SLACK = 1_024;

/** Resolves when the client has been greeted; with the FATAL error that it is to be told when there is no session. */
export async function openSession(opening: Opening): Promise<ClientError | null> {
  const { deps, place, hello } = opening;
  const settings = clientSettings(hello.parameters, deps.ownSettings?.(place.target.name));
  if ('code' in settings) return settings;
  const problem = place.problem?.();
  if (problem) return unreachable(problem);
  const ref: SessionRef = {
    id: opening.sessionId,
    principal: hello.who.principal,
    token: hello.who.token,
    tokenExpires: hello.who.expiresAt,
    target: place.target,
    via: hello.via,
    applicationName: settings.applicationName.slice(0, 200).toWellFormed(),
    clientAddress: hello.clientAddress,
  };
  const { id: principal } = ref.principal;
  const { analyser, ledger, clock, log, limits } = deps;
  if (!ledger.acceptsReads) return ledgerOut();
  let reader: Backend;
  try {
    const name = applicationName(principal, ref.id, settings.applicationName);
    const config = startupConfig(place.reader, 'reader', name, settings.settings, limits);
    reader = await opening.doorway.through(principal, () => Backend.open('reader', config));
  } catch (thrown) {
    return readerRefused(deps, place, ref, settings, toError(thrown));
  }
  const client = new ClientConnection(opening.stream, Math.max(limits.textRead, limits.textWrite) + TEXT_SLACK);
  const recorder = makeRecorder({ ledger, clock, log, analyser: analyser.version }, ref);
  try {
    recorder.sessionStarted(ref.token);
  } catch (thrown) {
    reader.close();
    if (thrown instanceof LedgerUnavailable) return ledgerOut();
    throw thrown;
  }
  const session = new Session(
    {
      ref,
      deps,
      place,
      client,
      settings,
      recorder,
      limits: new Limits(limits, opening.turnstile),
      turn: (cost, goesOn) => opening.turns.take(principal, ref.id, cost, goesOn),
      track: opening.track,
      onClosed: opening.onClosed,
    },
    reader,
  );
  opening.onBorn(session);
  if (client.gone) session.close('disconnected', 'the client left');
  if (!session.closed) await greet(session, opening, settings);
  return null;
}

async function greet(session: Session, { place, processId, secret }: Opening, settings: ClientSettings): Promise<void> {
  const reason = settings.own.get('reason');
  if (reason !== undefined) {
    const { own } = settings;
    const breakGlass = isOn(own.get('break_glass'));
    const refusal = await elevate(session, {
      by: 'connect',
      reason,
      duration: own.get('duration') ?? null,
      breakGlass,
    });
    if (refusal) return session.end(refusal, 'the elevation at connect was refused');
  }
  if (session.closed) return;
  const { target } = place;
  const duration = usualDuration(session);
  session.tellParameters();
  session.client.say(
    parameterStatus(PARAMETER_TARGET, target.name),
    parameterStatus(PARAMETER_ENVIRONMENT, target.labels.environment ?? ''),
    parameterStatus(PARAMETER_DEFAULT_DURATION, duration),
    backendKeyData(processId, secret),
    readyForQuery(session.status),
  );
  session.told
    .set(PARAMETER_TARGET, target.name)
    .set(PARAMETER_ENVIRONMENT, target.labels.environment ?? '')
    .set(PARAMETER_DEFAULT_DURATION, duration);
  session.conversation.on('greeted');
  session.pump();
}

/** Seconds that `SELECT sudo('reason')` would get here; empty when this token may not. What policy says of a reason comes when there is one. */
function usualDuration({ ref, deps, context }: Session): string {
  const { principal } = ref;
  if (principal.kind !== 'human' || principal.elevate !== 'in-band') return '';
  const { target, session } = context;
  const asked = { principal, target, session, by: 'in-band', reason: 'a reason', requested_seconds: null } as const;
  const evaluated = deps.policy.elevation(elevationInput(deps.clock, asked, AT_BEST));
  const seconds = evaluated.ok
    ? Math.min(evaluated.decision.default_seconds, deps.usualSeconds ?? Number.POSITIVE_INFINITY)
    : 0;
  return seconds >= 1 ? String(Math.floor(seconds)) : '';
}

function readerRefused(
  { log }: SessionDeps,
  place: SessionTarget,
  ref: SessionRef,
  settings: ClientSettings,
  error: Error,
): ClientError {
  const own = settings.settings.size > 0 ? badSetting(error) : null;
  if (own) return own;
  // What the server itself said may be the client's doing (its settings, its many connections), and proves nothing.
  place.doubt?.(error instanceof pg.DatabaseError ? null : 'a session could not connect to it');
  log.warn({ err: error, session: ref.id, target: ref.target.name }, 'the reader could not be opened');
  return unreachable('the gateway could not connect to it');
}

/** invalid_parameter_value, undefined_object, active_sql_transaction, cant_change_runtime_param */
const ABOUT_SETTINGS = new Set(['22023', '42704', '25001', '55P02']);

/** The server's own words about a value of the client's; of everything else that it says at a login the client hears nothing. */
function badSetting(error: Error): ClientError | null {
  if (!(error instanceof pg.DatabaseError)) return null;
  const { code = '', message, detail, hint } = error;
  if (!ABOUT_SETTINGS.has(code) && !message.startsWith('permission denied to set parameter')) return null;
  return {
    code: 'bad_setting',
    sqlstate: ofTarget(code),
    message,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  };
}

const unreachable = (why: string): ClientError => ({
  code: 'target_unreachable',
  message: 'the target does not answer',
  detail: why,
  hint: 'The operator can see why in the log.',
});

export const ledgerOut = (): ClientError => ({
  code: 'not_ready',
  message: 'the ledger is out of reach, so no session is opened',
  hint: '/readyz says which part is not well.',
});

export const fatal = (error: ClientError): Buffer => errorResponse(error, 'FATAL');
