// Target to client: what each message means for the session, and what of it the client sees.
import { type ClientError, SQLSTATE } from '../../../contract/errors.ts';
import { ownPart } from '../names/application-name.ts';
import {
  errorResponse,
  readFields,
  readParameterStatus,
  readTag,
  readyForQuery,
  type TransactionStatus,
} from '../../wire/frames.ts';
import type { TargetMessage, TargetVisitor, Verdict } from '../../wire/target-frames.ts';
import { afterwards, noteNames } from '../statement/afterwards.ts';
import type { Backend } from './backend.ts';
import { copyBegins } from '../client/copy.ts';
import { overAffected } from '../statement/limits.ts';
import { POISON } from '../client/poison.ts';
import { QUESTIONS } from './questions.ts';
import { UnexpectedAnswer } from './replies.ts';
import type { Run, Tally } from '../statement/runs.ts';
import type { Session } from '../session.ts';
import type { Sent } from '../state.ts';

/** What the current backend's messages go through. */
export function relay(session: Session, backend: Backend): TargetVisitor {
  backend.onWalked = () => session.client.flush();
  backend.onFault = (error) => {
    session.fault(error);
  };
  return {
    bulk: (_type, length) => row(session, length),
    message(message) {
      const verdict = judged(session, backend, message);
      if (!session.client.hasWaiting) return verdict;
      const shown = verdict === true ? [message.raw] : verdict === false ? [] : [verdict];
      return Buffer.concat([...session.client.takeWaiting(), ...shown]);
    },
    write(bytes) {
      // An ending elevation is read on, whatever the client does, or its backend would not hear the cancel.
      if (session.client.write(bytes)) return;
      session.listening.blocked();
      if (!session.ending) backend.pause();
    },
  };
}

/** A DataRow or CopyData. */
function row(session: Session, length: number): boolean | 'whole' {
  const { head } = session.replies;
  if (head?.hidden && head.look) return 'whole';
  if (!head || head.hidden || session.batch.muted || session.batch.truncated) return false;
  if (session.ending && session.client.slow) {
    session.batch.truncated = true;
    return false;
  }
  const run = running(head);
  return within(session, run ? session.limits.row(run, tallied(session, run), length) : null);
}

/** A NoticeResponse: of what a statement gives, as much as its rows are. */
function notice(session: Session, length: number): boolean {
  const { head } = session.replies;
  if (head?.hidden || session.batch.muted || session.batch.truncated) return false;
  const run = running(head);
  return within(session, run ? session.limits.bytes(run, tallied(session, run), length) : null);
}

function within(session: Session, over: ClientError | null): boolean {
  if (!over) return true;
  session.batch.truncated = true;
  session.interrupt(over);
  return false;
}

/** In a Query names are known as its statements complete, so only now which cursor it is; an Execute was told when it was sent. */
function tallied(session: Session, run: Run): Tally {
  run.tally ??= session.tallyOf(run.mechanics.fetches);
  return run.tally;
}

/** The statement that the head's next answer is about. */
function running(head: Sent | undefined): Run | undefined {
  return head?.runs?.find((run) => run.tag === null && run.sqlstate === null);
}

function judged(session: Session, backend: Backend, message: TargetMessage): Verdict {
  switch (message.type) {
    case 'S':
      return parameter(session, backend, message.body);
    case 'A':
      return session.notified(message.raw.length);
    case 'N':
      return notice(session, message.length);
    case 'E':
      return error(session, message);
    case 'Z':
      return ready(session, message);
    case 'C':
    case 'I':
    case 's':
      return completed(session, message);
    case 'W':
      throw new UnexpectedAnswer('CopyBoth');
    default: {
      const step = session.replies.accept(message);
      if (message.type === 'G') copyBegins(session);
      return shown(!step.reply?.hidden && !session.batch.muted, message, step.due);
    }
  }
}

/** A change of these would undo what the gateway judges by. */
const FIXED: Record<string, string> = { client_encoding: 'UTF8', standard_conforming_strings: 'on' };

function parameter(session: Session, backend: Backend, body: Buffer): Verdict {
  const [name, value] = readParameterStatus(body);
  const fixed = backend.role === 'reader' && name === 'default_transaction_read_only' ? 'on' : FIXED[name];
  if (fixed !== undefined && value !== fixed) throw new UnexpectedAnswer(`the target changed ${name} to ${value}`);
  if (name === 'search_path') {
    session.searchPath.is(value);
  }
  if (name === 'application_name') named(session, value);
  session.told.set(name, value);
  return true;
}

/** What is put before it is put before it again, should a function have set another. */
function named(session: Session, value: string): void {
  const own = ownPart(session.ref, value);
  if (own === null) session.nameTouched = true;
  else session.applicationName = own;
}

function error(session: Session, message: TargetMessage): Verdict {
  const fields = readFields(message.body);
  const sqlstate = fields.get('C') ?? '';
  const severity = fields.get('V') ?? fields.get('S') ?? '';
  if (severity === 'FATAL' || severity === 'PANIC') {
    // Of a writer that is being ended nothing is shown: the session goes on in read.
    if (session.ending) return false;
    session.batch.errorShown = true;
    return true;
  }
  const { head } = session.replies;
  const run = running(head);
  const step = session.replies.accept(message);
  const refusal = refused(head, sqlstate);
  session.cycle.failed(run, refusal ? (refusal.sqlstate ?? SQLSTATE[refusal.code]) : sqlstate);
  session.conversation.on('copy_ends');
  if (step.skip) {
    session.conversation.on('failed');
    queueMicrotask(() => session.pump());
  }
  const silent = session.batch.muted || head?.refusal === null;
  session.batch.errorShown = true;
  // A question ahead of a Query was cancelled in its stead: its client hears that, and not that the transaction has failed.
  if (head?.hidden && head.kind === 'query') session.batch.muted = true;
  if (step.skip && session.ending) queueMicrotask(() => session.ending?.answered(null));
  if (silent) return shown(false, message, step.due);
  return shown(true, message, step.due, instead(session, head, sqlstate));
}

/** Our words for an error of the target's that we caused; recognised by its place in the queue. */
function instead(session: Session, head: Sent | undefined, sqlstate: string): Buffer | null {
  if (head?.refusal) {
    const refusal = refused(head, sqlstate);
    return refusal && errorResponse(refusal);
  }
  const { interruption } = session.batch;
  return interruption && sqlstate === '57014' ? errorResponse(interruption) : null;
}

/** The refusal that the target's error stands for. */
function refused(head: Sent | undefined, sqlstate: string): ClientError | null {
  const { refusal } = head ?? {};
  // A poison that met a transaction which had failed already: PostgreSQL's own words are the truth.
  if (!refusal || (sqlstate === '25P02' && !SAID_FIRST.has(refusal.sqlstate ?? ''))) return null;
  return refusal;
}

/** What PostgreSQL looks for before it sees that the transaction has failed: a statement, a portal. */
const SAID_FIRST = new Set(['25P02', '26000', '34000']);

function completed(session: Session, message: TargetMessage): Verdict {
  const { head } = session.replies;
  const run = running(head);
  const step = session.replies.accept(message);
  if (step.reply?.hidden) return shown(false, message, step.due);
  if (run) {
    const tag = message.type === 'C' ? readTag(message.body) : null;
    const over = tag === null ? null : overAffected(run.obligations, tag);
    if (over) return refusedLate(session, run, errorResponse(over), step.due);
    session.cycle.completed(run, tag, head?.kind === 'query' && run === head.runs?.at(-1));
    // In a Query nothing is judged before all of it was answered, so that names are noted as they are seen to be.
    if (head?.kind === 'query') noteNames(session, run);
    afterwards(session, run);
    if (session.batch.truncated && session.batch.interruption) {
      return refusedLate(session, null, errorResponse(session.batch.interruption), step.due);
    }
    if (session.batch.holdsTag) {
      session.batch.heldTag = message.raw;
      return shown(false, message, step.due);
    }
  }
  return shown(!session.batch.muted, message, step.due);
}

/** The statement ran to its end, and yet the client is told an error: the transaction fails, nothing more is shown. */
function refusedLate(session: Session, run: Run | null, words: Buffer, due: readonly Buffer[]): Verdict {
  if (run) session.cycle.failed(run, '54000');
  session.batch.errorShown = true;
  session.batch.failsTransaction = true;
  if (session.conversation.awaiting) session.batch.muted = true;
  else {
    session.conversation.on('failed');
    session.push({ kind: 'parse', refusal: null }, POISON);
  }
  return due.length > 0 ? Buffer.concat([words, ...due]) : words;
}

function ready(session: Session, message: TargetMessage): Verdict {
  const step = session.replies.accept(message);
  if (step.reply?.hidden) return shown(false, message, step.due);
  const status = String.fromCharCode(message.body[0] ?? 0x49) as TransactionStatus;
  const { onReady } = session.batch;
  if (onReady || (session.batch.failsTransaction && status === 'T')) {
    // Not in the middle of what came at once: what stands before it must be written first.
    queueMicrotask(() => void readyLater(session, onReady));
    return shown(false, message, step.due);
  }
  session.ready(status);
  if (session.ending) queueMicrotask(() => session.ending?.answered(status));
  return shown(true, message, step.due);
}

/** ReadyForQuery after something of ours: `onReady` ends the statement's own transaction, or the client's is made to fail. */
async function readyLater(session: Session, onReady: Session['batch']['onReady']): Promise<void> {
  const { backend } = session;
  // Nobody is there any more, and what is open is rolled back with its connection.
  if (session.closed && session.cycle.own !== 'committing') {
    for (const run of session.cycle.runs) session.cycle.failed(run, '57014');
    session.ending?.answered('T');
    return;
  }
  try {
    const last = onReady ? await onReady() : null;
    if (!onReady) await backend.ask(QUESTIONS.fail);
    const status = onReady ? 'I' : 'E';
    if (session.leaving || backend !== session.backend) return;
    session.client.write(Buffer.concat([...(last ? [last] : []), readyForQuery(status)]));
    session.ready(status);
    session.ending?.answered(status);
  } catch (thrown) {
    // Lost while the elevation ends, which says so itself.
    if (!session.closed && !session.ending && backend === session.backend) session.broke(thrown);
  }
}

/** The message as it is (which costs no copy) or `instead` of it, and what is due behind it. */
function shown(show: boolean, message: TargetMessage, due: readonly Buffer[], instead: Buffer | null = null): Verdict {
  if (due.length > 0) return Buffer.concat([...(show ? [instead ?? message.raw] : []), ...due]);
  return show ? (instead ?? true) : false;
}
