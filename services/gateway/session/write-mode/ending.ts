// The end of an elevation, in its six cases: idle, open transaction, statement running, COPY, batch without Sync, hung
// writer. All end alike: the writer's backend gone, the same client connection in read, an error where one is owed.
import type { ClientError } from '../../../contract/errors.ts';
import type { LiveElevation, WriterBackend } from '../../../elevation/elevations.ts';
import { plain } from '../../../ledger/entry/entry-words.ts';
import type { EndReason } from '../../../ledger/entry/entry.ts';
import { errorResponse, readyForQuery, SYNC, type TransactionStatus } from '../../wire/frames.ts';
import type { Account } from './account.ts';
import { type Backend, BackendLost } from '../target/backend.ts';
import { freshBatch } from '../batch.ts';
import { lastWords } from './last-words.ts';
import { copyEnds } from '../client/copy.ts';
import type { Settings } from './deciding-settings.ts';
import { toError } from '../statement/faults.ts';
import { POISON } from '../client/poison.ts';
import { notHeard } from '../listening.ts';
import { QUESTIONS } from '../target/questions.ts';
import type { InDoubt } from '../statement/runs.ts';
import type { Session } from '../session.ts';
import { applySettings, askSettings, changedIn } from '../names/settings.ts';

export interface Ending {
  readonly why: EndReason;
  /** Resolves when the session is in read. */
  readonly done: Promise<void>;
  /** The writer answered: ReadyForQuery with this status, or the error that a batch without Sync got (null). */
  answered(status: TransactionStatus | null): void;
  /** The writer's connection is gone. */
  lost(): void;
}

/** A running statement has so long to hear its cancel; then its backend is ended from the control connection. */
const CANCEL_MS = 200;
/** Till the session is in read. */
const LEAVE_MS = 10_000;
/** Looking for a backend that said goodbye, and then ending it: together within the second. */
const GOODBYE_MS = 200;
const TERMINATE_MS = 650;
/** The target may take so long to say what became of a COMMIT. */
const ASK_MS = 2_000;

const WORDS: Record<EndReason, string> = {
  unsudo: 'write mode ended',
  transaction: 'write mode ended with its transaction',
  deadline: 'write mode ended at its deadline',
  revoked: 'write mode was revoked',
  token_revoked: 'write mode ended: the token was revoked or has expired',
  disconnected: 'write mode ended with the connection',
  reset: 'write mode ended, as the session was reset',
  writer_lost: 'write mode ended: the connection for writing was lost',
  ledger_lost: 'write mode ended: the ledger has been out of reach',
  shutdown: 'write mode ended: sudoql is shutting down',
  gateway_lost: 'write mode ended with its gateway',
  fault: 'write mode ended after a fault of sudoql',
};

const UNREACHABLE: ClientError = { code: 'target_unreachable', message: 'the target does not answer' };
const DETAIL = 'What was not committed has been rolled back; the session is in read mode.';

/** Resolves when the session is in read. Safe to call at any moment, and twice. */
export function endElevation(session: Session, why: EndReason): Promise<void> {
  if (session.ending) return session.ending.done;
  return session.closed ? Promise.resolve() : begin(session, why);
}

/** The session is closing: no client is there to be told anything, yet what the target still answers says what was written. */
export function endInSession(session: Session, why: EndReason): Promise<void> {
  return session.ending?.done ?? begin(session, why);
}

function begin(session: Session, why: EndReason): Promise<void> {
  const { writer, elevation } = session;
  if (!writer || !elevation) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  let finishing = false;
  const finish = (how: How) => {
    if (finishing) return;
    finishing = true;
    clearTimeout(timer);
    leave(session, writer, why, words, how)
      .catch((thrown: unknown) => {
        // Who left meanwhile has taken the reader along.
        if (session.closed && thrown instanceof BackendLost) return;
        session.end(session.fault(toError(thrown)), 'a fault', 'fault');
      })
      .finally(() => {
        clearTimeout(giveUp);
        session.ending = null;
        session.leaving = false;
        resolve();
        session.rest();
        session.pump();
      });
  };
  session.ending = {
    why,
    done: promise,
    answered: (status) => finish(status === null ? { kind: 'unsynced' } : { kind: 'answered', status }),
    lost: () => finish({ kind: 'lost' }),
  };
  session.overtake();
  const words = wordsOf(why, elevation);
  session.batch.interruption = ended(words, '57014');
  session.withheld.spoil(session.batch.interruption);
  const timer = setTimeout(() => finish({ kind: 'lost' }), CANCEL_MS);
  // The reader is asked on the way; one that is silent must not hold the client for ever.
  const giveUp = setTimeout(() => session.end(UNREACHABLE, 'the target does not answer', why), LEAVE_MS);
  if (writer.closed) finish({ kind: 'lost' });
  else if (!session.busy && !session.bound) finish({ kind: 'idle' });
  // In the middle of a Bind nothing else can be said to the writer.
  else if (session.conversation.bindOpen) finish({ kind: 'lost' });
  else stop(session, writer);
  return promise;
}

/** What runs is cancelled, and what the writer holds back is brought out. */
function stop(session: Session, writer: Backend): void {
  writer.resume();
  const { conversation } = session;
  copyEnds(session, null);
  void writer.cancel();
  if (conversation.awaiting || conversation.phase === 'copy_asked') return;
  // Of a batch that has failed nothing more is answered: only its Sync.
  if (conversation.skipping) session.ending?.answered(null);
  else session.push({ kind: 'parse', refusal: session.batch.interruption }, POISON);
}

type How =
  | { kind: 'idle' }
  | { kind: 'answered'; status: TransactionStatus }
  /** The error of a batch whose Sync has not come. */
  | { kind: 'unsynced' }
  | { kind: 'lost' };

async function leave(session: Session, writer: Backend, why: EndReason, said: string, how: How): Promise<void> {
  const { reader, writeMode, conversation } = session;
  const status = how.kind === 'answered' ? how.status : session.status;
  // An answered batch has left its transaction in `status`; an open one may have begun one of its own.
  const inTransaction = status !== 'I' || (how.kind !== 'answered' && session.batch.began);
  const unfinished = how.kind === 'unsynced' || how.kind === 'lost';
  // Given back after nothing but BEGIN, which many drivers send by themselves: the empty transaction moves to the reader.
  const empty = why === 'unsudo' && !unfinished ? session.bareBegin : null;
  const cut = !writer.clientAtBoundary;
  const words = lastWords({
    how: how.kind,
    sent: conversation.awaiting,
    batch: session.busy || session.bound || conversation.bindOpen,
    told: session.batch.errorShown || conversation.skipping,
    transaction: empty ? 'empty' : status === 'E' ? 'failed' : inTransaction ? 'open' : 'none',
  });
  session.leaving = true;
  const listened = session.listenedBefore();

  const loss = unfinished ? session.cycle.lost(conversation.awaiting) : null;
  if (!unfinished && inTransaction) writeMode?.account.rollback();
  session.cycle.own = null;
  session.replies.abandon();
  writer.visitor = null;
  writer.onClose = () => {};
  const left = how.kind === 'lost' || session.closed ? null : await inTime(settle(session, writer, how));
  writer.close();

  session.endWhenIdle = null;
  session.forOneTransaction = false;
  conversation.on('left');
  session.batch = freshBatch();
  session.bareBegin = null;
  session.limits.ready();
  session.changeMode(null);
  if (writeMode) {
    const { elevation, shown, account } = writeMode;
    settleEnd(session, {
      elevation,
      writer: shown,
      why,
      account,
      rolledBack: loss?.rolledBack ?? (inTransaction && !empty),
      inDoubt: loss?.inDoubt ?? null,
    });
  }
  if (session.closed) return;
  if (cut) return session.close(why, 'a message could not be finished');

  session.attach(reader);
  reader.resume();
  if (left?.settings) await takeBack(session, left.settings);
  // DISCARD ALL would have closed them: who is lent the connection next must not find them.
  if (why === 'reset' && session.portals.size > 0) {
    await reader.ask(QUESTIONS.closeAll);
    session.portals.clear();
  }
  session.status = words.status;
  session.bareBegin = empty;
  if (empty) await reader.ask(QUESTIONS.beginAgain(empty.readOnly));
  // A real failed transaction, so that PostgreSQL itself answers 25P02, ROLLBACK, AND CHAIN, savepoints.
  else if (inTransaction) {
    await reader.ask(QUESTIONS.begin);
    await reader.ask(QUESTIONS.fail);
  }
  const error = loss?.rolledBack === false ? uncertain(said) : ended(said, '57014');
  if (words.error === 'now') session.client.say(errorResponse(error));
  if (words.ready) {
    conversation.answered();
    session.client.say(readyForQuery(session.status));
  }
  if (words.skipping !== 'as_before') conversation.on(words.skipping ? 'failed' : 'forgiven');
  session.owed = words.error === 'owed' ? ended(said, '25P02') : null;
  session.tellParameters();
  if (listened) session.say(notHeard('read'));
  const { message, detail = '' } = error;
  const lost = (inTransaction && !empty) || loss?.rolledBack === false;
  const gone = left && left.temporary.length > 0 ? { hint: wentWithIt(left.temporary) } : {};
  session.say(
    { message, ...(lost && { detail }), ...gone },
    (why === 'unsudo' || why === 'transaction') && !lost ? 'NOTICE' : 'WARNING',
  );
}

/** What write mode set, the reader has too. */
async function takeBack({ reader, searchPath, own }: Session, settings: Settings): Promise<void> {
  const has = await askSettings(reader, own.set);
  if (!has) return;
  const changed = changedIn(settings, own.prefixes);
  const path = searchPath.ofWriter;
  // Not set in write mode, but the reader's own in other words.
  if (path !== null && changed.get('search_path') === path.writer) changed.set('search_path', path.reader);
  await applySettings(reader, has, changed, own.prefixes);
}

/** Out of whatever transaction is open, so that its settings are rolled back as well; then what is set. */
async function settle(session: Session, writer: Backend, how: How): Promise<Left> {
  // What hears a cancel that comes late must not be one of these.
  await writer.hold;
  const status = how.kind === 'unsynced' ? (await writer.exchange(SYNC)).status : 'T';
  if (status !== 'I') await writer.ask(QUESTIONS.rollback);
  const settings = await askSettings(writer, session.own.set);
  if (!session.madeTemporary) return { settings, temporary: [] };
  session.madeTemporary = false;
  const { rows, error } = await writer.ask(QUESTIONS.temporaryTables);
  return { settings, temporary: error ? [] : rows.map(([name]) => name ?? '') };
}

/** What the writer had beside what it wrote. */
interface Left {
  settings: Settings | null;
  /** Names of temporary tables and views, which nobody has any more. */
  temporary: string[];
}

/** Of temporary tables. */
const SHOWN = 5;

function wentWithIt(tables: string[]): string {
  const shown = tables.slice(0, SHOWN).map((name) => `"${name}"`);
  const more = tables.length > SHOWN ? ` and ${tables.length - SHOWN} more` : '';
  return `Temporary tables went with write mode: ${shown.join(', ')}${more}.`;
}

async function inTime<T>(work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), CANCEL_MS);
  });
  try {
    return await Promise.race([work.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Ended {
  elevation: LiveElevation;
  writer: WriterBackend;
  why: EndReason;
  account: Account;
  /** A transaction was open, and was certainly rolled back. */
  rolledBack: boolean;
  inDoubt?: InDoubt | null;
}

/** Sees the backend gone, or makes it so; then the end is recorded and announced. */
export function settleEnd(
  session: Session,
  { elevation, writer, why, account, rolledBack, inDoubt = null }: Ended,
): void {
  const { watchdog, log } = session.deps;
  const settled = async () => {
    let committed: boolean | null = null;
    let fate: 'gone' | 'unconfirmed' = 'unconfirmed';
    try {
      fate = await watchdog.confirmGone(writer, GOODBYE_MS);
      if (fate !== 'gone') fate = await watchdog.terminate(writer, TERMINATE_MS);
      // Not before: until it is gone the transaction may still be under way.
      if (inDoubt) committed = await watchdog.committed(writer.target, inDoubt.transaction, ASK_MS);
    } finally {
      inDoubt?.resolve(committed);
    }
    account.over(inDoubt ? committed === false : rolledBack);
    await elevation.ended(why, account.summary(fate));
  };
  session.lastEnd = settled().catch((thrown: unknown) => {
    log.error({ err: toError(thrown), elevation: elevation.id }, 'the end of an elevation could not be settled');
  });
  session.track(session.lastEnd);
}

/** Who is stopped hears by whom, and why. */
function wordsOf(why: EndReason, { stoppedBy }: LiveElevation): string {
  if (why !== 'revoked' || stoppedBy === null) return WORDS[why];
  const by = 'principal' in stoppedBy ? stoppedBy.principal : stoppedBy.operator;
  return `${WORDS[why]} by ${plain(by)}${stoppedBy.why === undefined ? '' : `: ${plain(stoppedBy.why)}`}`;
}

function ended(message: string, sqlstate: '57014' | '25P02'): ClientError {
  return {
    code: 'elevation_ended',
    sqlstate,
    message,
    detail: DETAIL,
    hint: "SELECT sudo('why') to write again.",
  };
}

/** The answer did not come in time: nobody here knows. Named as what it is, so that no program takes it for undone. */
function uncertain(message: string): ClientError {
  return {
    code: 'elevation_ended',
    sqlstate: '40003',
    message: `${message}, and the target did not say whether the statement was committed`,
    detail: 'What it wrote may have been committed. The session is in read mode.',
    hint: 'Look before you run it again.',
  };
}
