// The id of a transaction that is about to be committed: with it the target can be asked what became of a COMMIT whose answer
// was lost. Asked where a message of ours fits, which is before a COMMIT that is sent alone.
import type { Allowed } from './guard.ts';
import { QUESTIONS } from './questions.ts';
import type { Session } from './session.ts';
import { type Steps, wait } from './steps.ts';
import { synced } from './synced.ts';

/** Null where it cannot be asked for, and where the transaction has none, for it wrote nothing. */
export function* commitId(session: Session, allowed: readonly Allowed[]): Steps<string | null> {
  const { mode, status, epoch } = session;
  const [only, another] = allowed;
  if (another || only?.statement.mechanics.transaction !== 'commit') return null;
  if (mode !== 'write' || status !== 'T' || session.batch.dirty) return null;
  // Behind the Parse and Bind of an extended COMMIT: in a block a Sync ends nothing.
  if (session.replies.length > 0) yield* wait(synced(session));
  if (session.epoch !== epoch || session.closed || session.ending || session.status !== 'T') return null;
  const { rows, error } = yield* wait(session.backend.ask(QUESTIONS.transactionId));
  return error ? null : (rows[0]?.[0] ?? null);
}
