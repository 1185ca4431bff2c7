// The owed error: a transaction that was idle when its elevation ended has shown its client no error yet. If its COMMIT
// were answered ROLLBACK, drivers would return normally and the rows would be gone. So the next message gets one error.
import type { Session } from '../session.ts';
import type { Considered } from '../statement/statement.ts';

/** In the extended protocol: whether the message was answered with the owed error. Only a ROLLBACK passes. */
export function owedFor(session: Session, considered: Considered): boolean {
  const { owed } = session;
  // Nothing is in it that could be believed to have been done: what is owed waits for the next.
  if (!owed || isEmpty(considered) || isAlone(considered, 'rollback')) return false;
  session.owed = null;
  session.denyExtended(owed);
  return true;
}

/** A `;`, a comment. */
export function isEmpty(considered: Considered): boolean {
  return considered.kind === 'allowed' && considered.allowed.length === 0;
}

export function isAlone(considered: Considered, verb: 'commit' | 'rollback'): boolean {
  if (considered.kind !== 'allowed') return false;
  const [only, second] = considered.allowed;
  return second === undefined && only?.statement.mechanics.transaction === verb;
}
