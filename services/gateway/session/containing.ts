// Read mode, layer E: a statement that calls more than immutable and stable built-ins runs in a transaction of its own and
// is rolled back, so that nothing that a function did lasts. Plain ones need not pay for it.
import type { ClientError } from '../../contract/errors.ts';
import type { Allowed } from './guard.ts';
import { hidden, type Question, QUESTIONS } from './questions.ts';
import type { Session } from './session.ts';

/** Why these cannot follow in a batch that is contained. */
export function cannotFollow(session: Session, allowed: readonly Allowed[]): ClientError | null {
  const commits = allowed.some(({ statement }) => statement.mechanics.transaction === 'commit');
  if (session.mode === 'read' && commits && allowed.some(callsOwn)) {
    return {
      code: 'not_supported',
      message: 'COMMIT cannot stand in one text with a call of a function that is not the server’s own',
      hint: 'Send COMMIT by itself.',
    };
  }
  if (!session.batch.contained || !allowed.some(({ statement }) => statement.mechanics.transaction)) return null;
  return {
    code: 'not_supported',
    message: 'a transaction cannot begin or end in one batch with a statement that calls functions',
    hint: 'Put a Sync between them.',
  };
}

/** Just before the statements are sent. */
export async function contain(
  session: Session,
  allowed: readonly Allowed[],
  protocol: 'simple' | 'extended',
): Promise<void> {
  if (session.mode === 'read') await guardCommit(session, allowed, protocol);
  if (session.mode !== 'read' || !session.alone || !allowed.some(reachesFurther)) return;
  if (allowed.some(({ statement: { mechanics } }) => mechanics.transaction || mechanics.sets || mechanics.prepares))
    return;
  const { backend } = session;
  session.batch.contained = true;
  session.batch.onReady = async () => {
    await backend.ask(QUESTIONS.rollback);
    return Buffer.alloc(0);
  };
  if (protocol === 'simple' && session.replies.length === 0) await backend.ask(QUESTIONS.begin);
  else pushHidden(session, QUESTIONS.begin);
}

function pushHidden(session: Session, question: Question): void {
  for (const [reply, message] of hidden(question)) session.push(reply, message);
}

/**
 * The client's own transaction cannot be rolled back for it: its settings would go as well. Up to 15 a function may leave READ
 * ONLY, and one that was vetted may have been replaced a moment ago: what it wrote is not committed.
 */
async function guardCommit(session: Session, allowed: readonly Allowed[], protocol: 'simple' | 'extended') {
  if (session.status === 'I' && session.alone) session.calledOwn = false;
  const commits = allowed.some(({ statement }) => statement.mechanics.transaction === 'commit');
  if (commits && session.calledOwn) {
    if (protocol === 'extended' || session.replies.length > 0) pushHidden(session, QUESTIONS.wroteNothing);
    else {
      const { error } = await session.backend.ask(QUESTIONS.wroteNothing);
      if (error && error.sqlstate !== '25P02') throw new Error('a read transaction wrote something; it is rolled back');
    }
  }
  if (allowed.some(callsOwn)) session.calledOwn = true;
}

function callsOwn({ facts }: Allowed): boolean {
  return facts.functions.some(({ schema }) => schema !== 'pg_catalog' && schema !== 'information_schema');
}

function reachesFurther({ facts }: Allowed): boolean {
  return facts.functions.some(
    ({ schema, volatility }) => schema !== 'pg_catalog' || (volatility !== 'immutable' && volatility !== 'stable'),
  );
}
