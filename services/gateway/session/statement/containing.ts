// Read mode, layer E: what calls more than immutable and stable built-ins runs in a transaction that the gateway ends: rolled
// back, so that nothing that a function did lasts, or, where a setting beside it is to last, committed once PostgreSQL itself
// says that nothing was written. Plain ones need not pay for it.
import { type ClientError, ofTarget } from '../../../contract/errors.ts';
import { errorResponse } from '../../wire/frames.ts';
import { blockAfter } from '../batch.ts';
import type { Allowed } from './guard.ts';
import { hidden, type Question, QUESTIONS } from '../target/questions.ts';
import type { Session } from '../session.ts';
import { type Steps, wait, walk } from '../steps.ts';

/** Why these cannot follow in a batch that is contained, or cannot be contained. */
export function cannotFollow(session: Session, allowed: readonly Allowed[]): ClientError | null {
  if (session.mode !== 'read') return null;
  const transactions = allowed.some(({ statement }) => statement.mechanics.transaction);
  if (transactions && session.batch.contained) {
    return {
      code: 'not_supported',
      message: 'a transaction cannot begin or end in one batch with a statement that calls functions',
      hint: 'Put a Sync between them.',
    };
  }
  if (!transactions && held(session, allowed)) return notHeld();
  if (!allowed.some(callsOwn)) return null;
  if (allowed.some(({ statement }) => statement.mechanics.transaction === 'commit')) {
    return {
      code: 'not_supported',
      message: 'COMMIT cannot stand in one text with a call of a function that is not the server’s own',
      hint: 'Send COMMIT by itself.',
    };
  }
  return transactions && callsBehindItsEnd(session, allowed)
    ? {
        code: 'not_supported',
        message:
          'a function that is not the server’s own cannot be called behind the end of a transaction in the same text',
        hint: 'Send what stands behind the ROLLBACK by itself.',
      }
    : null;
}

/** Whether a cursor WITH HOLD and what is contained would share a transaction, which is rolled back. */
export function held({ batch, holding, inBlock }: Session, allowed: readonly Allowed[]): boolean {
  if (inBlock || !(holding.length > 0 || allowed.some(({ statement }) => statement.mechanics.holds))) return false;
  return batch.contained || allowed.some(reachesFurther);
}

export const notHeld = (): ClientError => ({
  code: 'not_supported',
  message:
    'a cursor WITH HOLD cannot be declared in one batch with a call of more than stable functions, which is rolled back',
  hint: 'Send them one by one.',
});

const INSIDE = new Set(['savepoint', 'release', 'rollback_to']);

/** Whether the end of the text commits a call that no transaction of ours can be begun for: one stands before it in the text. */
function callsBehindItsEnd(session: Session, allowed: readonly Allowed[]): boolean {
  let calls = false;
  let block = session.inBlock;
  for (const each of allowed) {
    const { transaction } = each.statement.mechanics;
    // PostgreSQL refuses it there, and with it the whole text.
    if (!block && transaction !== undefined && INSIDE.has(transaction)) return false;
    block = blockAfter(each.statement.mechanics, block);
    if ((transaction === 'commit' || transaction === 'rollback') && !block) calls = false;
    else if (callsOwn(each)) calls = true;
  }
  return calls && !block;
}

/** Just before the statements are sent. */
export function contain(
  session: Session,
  allowed: readonly Allowed[],
  protocol: 'simple' | 'extended',
): Promise<void> | void {
  if (guardsCommit(session, allowed) || mustContain(session, allowed))
    return walk(
      (function* () {
        yield* guardCommit(session, allowed, protocol);
        yield* containCalls(session, allowed, protocol);
      })(),
    );
}

/** Whether something must be done for it before it is sent, or be known of it afterwards. */
export function mustContain({ mode }: Session, allowed: readonly Allowed[]): boolean {
  return mode === 'read' && allowed.some((each) => callsOwn(each) || reachesFurther(each));
}

/** Just before something is sent that may run functions: an Execute, and a Bind, which makes values and plans. */
export function* containCalls(
  session: Session,
  allowed: readonly Allowed[],
  protocol: 'simple' | 'extended',
): Steps<void> {
  const { backend, batch } = session;
  if (session.mode !== 'read') return;
  if (allowed.some(callsOwn)) session.calledOwn = true;
  if (batch.contained || session.inBlock || !allowed.some(reachesFurther)) return;
  if (allowed.some(({ statement }) => statement.mechanics.transaction)) return;
  const first = protocol === 'simple' && session.replies.length === 0 && !batch.dirty;
  batch.contained = batch.dirty = true;
  batch.onReady = async () => {
    if (batch.lasts) return endKeeping(session);
    await backend.ask(QUESTIONS.rollback);
    return Buffer.alloc(0);
  };
  if (first) yield* wait(backend.ask(QUESTIONS.beginReadOnly));
  else pushHidden(session, QUESTIONS.beginReadOnly);
}

/** A setting stood in the batch: as the end of a transaction of the client's own, and checked as one. */
async function endKeeping({ backend, cycle }: Session): Promise<Buffer> {
  const check = await backend.ask(QUESTIONS.wroteNothing);
  const { error } = await backend.ask(check.error ? QUESTIONS.rollback : QUESTIONS.commit);
  const failed = check.error?.sqlstate === FAILED ? null : (check.error ?? error);
  if (!failed) return Buffer.alloc(0);
  for (const run of cycle.runs) cycle.failed(run, failed.sqlstate);
  return errorResponse({
    code: 'fault',
    sqlstate: ofTarget(failed.sqlstate),
    message: 'a function wrote something in read mode; all that was sent with it is rolled back',
  });
}

/** in_failed_sql_transaction */
const FAILED = '25P02';

function pushHidden(session: Session, question: Question): void {
  for (const [reply, message] of hidden(question)) session.push(reply, message);
}

/**
 * The client's own transaction cannot be rolled back for it: its settings would go as well. Up to 15 a function may leave READ
 * ONLY, and one that was vetted may have been replaced a moment ago: what it wrote is not committed.
 */
function* guardCommit(session: Session, allowed: readonly Allowed[], protocol: 'simple' | 'extended'): Steps<void> {
  if (!guardsCommit(session, allowed)) return;
  if (protocol === 'extended' || session.replies.length > 0) pushHidden(session, QUESTIONS.wroteNothing);
  else {
    const { error } = yield* wait(session.backend.ask(QUESTIONS.wroteNothing));
    if (error && error.sqlstate !== FAILED) throw new Error('a read transaction wrote something; it is rolled back');
  }
}

function guardsCommit({ mode, calledOwn }: Session, allowed: readonly Allowed[]): boolean {
  return mode === 'read' && calledOwn && allowed.some(({ statement }) => statement.mechanics.transaction === 'commit');
}

function callsOwn({ facts }: Allowed): boolean {
  return facts.functions.some(({ schema }) => schema !== 'pg_catalog' && schema !== 'information_schema');
}

/** What set_config does is to last, and is judged as a SET is. */
function reachesFurther({ facts }: Allowed): boolean {
  return facts.functions.some(
    ({ schema, name, volatility }) =>
      schema !== 'pg_catalog' || (volatility !== 'immutable' && volatility !== 'stable' && name !== 'set_config'),
  );
}
