// The id of a transaction that is about to be committed: with it the target can be asked what became of a COMMIT whose answer
// was lost. Asked where a message of ours fits, which is before a COMMIT that is sent alone.
import type { Allowed } from '../statement/guard.ts';
import { QUESTIONS } from './questions.ts';
import type { Session } from '../session.ts';
import { type Steps, wait } from '../steps.ts';
import { synced } from './synced.ts';

/** Of a COMMIT that is sent alone. Null where it cannot be asked for, and where the transaction has none, for it wrote nothing. */
export function* commitId(session: Session): Steps<string | null> {
  const { epoch, commitIdAhead } = session;
  if (commitIdAhead) return commitIdAhead.id;
  // Behind the Parse and Bind of an extended COMMIT: in a block a Sync ends nothing.
  if (session.replies.length > 0) yield* wait(synced(session));
  if (session.epoch !== epoch || session.closed || session.ending || session.status !== 'T') return null;
  return yield* asked(session);
}

/**
 * Before the first message of an extended COMMIT: behind it the question would cost a Sync of ours as well. It holds up to the Execute, for
 * what is executed in between makes the batch no COMMIT alone. False: the mode changed, or a batch failed, meanwhile.
 */
export function* commitIdAhead(session: Session): Steps<boolean> {
  if (session.commitIdAhead || session.replies.length > 0) return true;
  const { epoch } = session;
  const id = yield* asked(session);
  if (session.epoch !== epoch || session.closed || session.ending || session.skipping) return false;
  session.commitIdAhead = { id };
  return true;
}

export function commitsAlone({ mode, status, batch }: Session, [only, another]: readonly Allowed[]): boolean {
  if (another || only?.statement.mechanics.transaction !== 'commit') return false;
  return mode === 'write' && status === 'T' && !batch.dirty;
}

function* asked(session: Session): Steps<string | null> {
  const { rows, error } = yield* wait(session.backend.ask(QUESTIONS.transactionId));
  return error ? null : (rows[0]?.[0] ?? null);
}
