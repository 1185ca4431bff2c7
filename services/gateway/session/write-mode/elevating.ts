// Into write mode, in the order of promise 2 (docs/design.md): the writer is opened and checked out of the client's reach, the elevation is
// recorded with its notices, then the session switches.
import type { ClientError } from '../../../contract/errors.ts';
import { inWords } from '../../../contract/durations.ts';
import { within } from '../../../contract/within.ts';
import type { WriterBackend } from '../../../elevation/elevations.ts';
import type { Remark } from '../../../elevation/remarks.ts';
import { plain } from '../../../ledger/entry/entry-words.ts';
import type { EndReason } from '../../../ledger/entry/entry.ts';
import { LedgerUnavailable } from '../../../ledger/ledger.ts';
import { Account } from './account.ts';
import { Backend } from '../target/backend.ts';
import type { ElevationRequest } from '../../../elevation/elevations.ts';
import { ElevationOver } from '../../../elevation/live-elevation.ts';
import { RequestOver } from '../../../elevation/requests/requests.ts';
import { openAlike } from './crossing.ts';
import { endElevation, settleEnd } from './ending.ts';
import { toError } from '../statement/faults.ts';
import { refused } from '../statement/guard.ts';
import { QUESTIONS } from '../target/questions.ts';
import type { Session } from '../session.ts';
import { applicationName } from '../names/application-name.ts';
import { startupConfig } from '../names/settings.ts';
import { notHeard } from '../listening.ts';
import { hearLater, waitForAnswer } from './waiting.ts';

export interface Asked {
  by: 'connect' | 'in-band';
  reason: string;
  /** As the client wrote it; null for the default. */
  duration: string | null;
  /** Skips others' approval, where policy lets them. */
  breakGlass?: boolean;
}

/** Null when the session is in write (or its elevation extended); else why it is where it was. Nothing may be outstanding. */
export async function elevate(session: Session, asked: Asked): Promise<ClientError | null> {
  const { elevations } = session.deps;
  const { by } = asked;
  const current = session.elevation;
  let request: ElevationRequest = { session: session.ref, ...asked };
  let verdict: Verdict;
  try {
    verdict = await elevations.judge(request, current);
    if (!verdict.ok && verdict.waits) {
      const { waits, error } = verdict;
      // A connection is not kept without an answer, nor a transaction that has written.
      if (by === 'connect' || current) {
        if (current) hearLater(session, waits.request);
        return refusal(session, error);
      }
      const answer = await waitForAnswer(session, waits, error);
      if (answer) return refusal(session, answer);
      request = { ...request, request: waits.request };
      verdict = await elevations.judge(request, current);
    }
  } catch (thrown) {
    // It could not be asked, or found out what became of it.
    if (!(thrown instanceof LedgerUnavailable)) throw thrown;
    return failed('others could not be asked, for the ledger does not answer');
  }
  if (!verdict.ok) return refusal(session, verdict.error);
  try {
    if (current) {
      await current.extend(request, verdict);
      if (session.elevation !== current) return failed('the elevation ended meanwhile');
      session.contextChanged();
      session.tellParameters();
      return null;
    }
    const readOnly = by === 'connect' && session.settings.readOnly;
    const [asks, granted] = [request, verdict];
    return await enter(session, readOnly, (writer, end) =>
      elevations.start(
        ...([asks, granted, writer, end] as const),
        (left) => warn(session, left),
        (question) => passOn(session, question),
      ),
    );
  } catch (thrown) {
    const error = toError(thrown);
    session.deps.log.warn({ err: error, session: session.ref.id }, 'an elevation failed');
    // Nothing half switched is left.
    if (!current && session.elevation) await endElevation(session, 'fault');
    if (thrown instanceof RequestOver) return failed(`${thrown.message} It was approved, and is not any more`);
    if (thrown instanceof ElevationOver) return failed('the elevation ended meanwhile');
    const ledger = thrown instanceof LedgerUnavailable;
    return failed(ledger ? 'it could not be recorded' : 'the writer could not be opened');
  }
}

type Verdict = Awaited<ReturnType<Session['deps']['elevations']['judge']>>;

function refusal(session: Session, error: ClientError): ClientError {
  const { revision } = session.deps.policy;
  session.lastRefusal = { ...refused(error, [error.code], { revision }), at: session.deps.clock.now() };
  return error;
}

/** Longer than seeing a backend gone and recording it take. */
const LAST_END_MS = 5_000;

type Start = (
  writer: WriterBackend,
  end: (why: EndReason) => void,
) => ReturnType<Session['deps']['elevations']['start']>;

async function enter(session: Session, readOnly: boolean, start: Start): Promise<ClientError | null> {
  // An elevation that ended a moment ago is recorded first; who asks does not wait for as long as a ledger may be away.
  const over = await within(
    session.lastEnd.then(() => true),
    LAST_END_MS,
    () => false,
  );
  if (!over) return failed('the end of its last elevation is not recorded yet; the ledger may be out of reach');
  const alike = await openAlike(session.reader, (more) => openWriter(session, readOnly, more), session.own);
  if ('code' in alike) return alike;
  const { writer, path } = alike;
  try {
    const shown = await identity(session, readOnly, writer);
    let ended: EndReason | null = null;
    const elevation = await start(shown, (why) => {
      ended = why;
      if (session.elevation === elevation) void endElevation(session, why);
    });
    const why = session.closed ? 'disconnected' : (ended as EndReason | null);
    if (why !== null || writer.closed) {
      writer.close();
      settleEnd(session, {
        elevation,
        writer: shown,
        why: why ?? 'writer_lost',
        account: new Account(),
        rolledBack: false,
      });
      return failed('it ended before it took effect');
    }
    session.searchPath.crosses(path);
    await switchTo(session, writer, shown, elevation);
    if (alike.readerIdles) await session.reader.ask(QUESTIONS.set([['idle_session_timeout', '0']]));
    return null;
  } catch (thrown) {
    if (session.writer !== writer) writer.close();
    throw thrown;
  }
}

async function switchTo(
  session: Session,
  writer: Backend,
  shown: WriterBackend,
  elevation: NonNullable<Session['elevation']>,
): Promise<void> {
  const begin = session.bareBegin;
  const listened = session.listenedBefore();
  session.reader.visitor = null;
  session.changeMode({ writer, shown, elevation, account: new Account() });
  session.attach(writer);
  if (begin !== null) {
    // Only BEGIN ran: the empty transaction moves to the writer.
    await session.reader.ask(QUESTIONS.rollback);
    const { status, error } = await writer.ask(QUESTIONS.beginAgain(begin.text));
    if (error) throw new Error(`the transaction could not be begun on the writer: ${error.message}`);
    if (session.elevation !== elevation) return;
    session.status = status === 'T' ? 'T' : 'I';
  }
  if (listened) {
    await session.reader.ask(QUESTIONS.unlisten);
    if (session.elevation !== elevation) return;
    session.say(notHeard('write'));
  }
  session.tellParameters();
}

async function openWriter(session: Session, readOnly: boolean, more: ReadonlyMap<string, string>): Promise<Backend> {
  const { ref, place, settings, deps } = session;
  const name = applicationName(ref.principal.id, ref.id, session.applicationName);
  const own: [string, string][] = readOnly ? [['default_transaction_read_only', 'on']] : [];
  const all = new Map([...settings.settings, ...own, ...more]);
  return Backend.open('writer', startupConfig(place.writer, 'writer', name, all, deps.limits));
}

/** What it is in pg_stat_activity; throws when it is not what a writer must be. `asked`: its client asked to read only. */
async function identity(session: Session, asked: boolean, writer: Backend): Promise<WriterBackend> {
  const { rows, error } = await writer.ask(QUESTIONS.identity);
  const [startedAt, readOnly, login, standby] = rows[0] ?? [];
  if (error || !startedAt) throw new Error(`the writer cannot be identified: ${error?.message ?? 'it is not shown'}`);
  if (standby !== 'f' || (readOnly !== 'off' && !asked))
    throw new Error('the writer is read-only: the target may be a standby');
  if (login !== writer.login) throw new Error('the writer is another login than configured');
  return { target: session.ref.target.name, pid: writer.pid, startedAt };
}

function warn(session: Session, secondsLeft: number): void {
  if (session.closed || session.mode !== 'write') return;
  session.say(
    {
      message: `write mode ends in ${inWords(secondsLeft)}`,
      detail: 'What is not committed by then is rolled back.',
      hint: "SELECT sudo('why') extends it.",
    },
    'WARNING',
  );
}

/** Somebody asks who writes: they hear it where they are. */
function passOn(session: Session, { by, text }: Remark): void {
  if (session.closed || session.mode !== 'write') return;
  const page = session.deps.page?.(`/elevations/${session.elevation?.id ?? ''}`) ?? null;
  session.say({
    message: `${plain(by)} asks: ${plain(text ?? '')}`,
    hint: page === null ? 'Answer them.' : `Answer at ${page}; who was told of your writing is told.`,
  });
}

function failed(why: string): ClientError {
  return {
    code: 'sudo_failed',
    message: `the session stays in read mode: ${why}`,
    hint: 'Try again; /readyz says which part is not well.',
  };
}
