// The owed error: a transaction that was idle when its elevation ended has shown its client no error yet. If its COMMIT
// were answered ROLLBACK, drivers would return normally and the rows would be gone. So the next message gets one error.
import type { Session } from './session.ts';
import type { Considered } from './statement.ts';

/** In the extended protocol: whether the message was answered with the owed error. Only a ROLLBACK passes. */
export function owedFor(session: Session, considered: Considered): boolean {
  const { owed } = session;
  if (!owed || isAlone(considered, 'rollback')) return false;
  session.owed = null;
  session.denyExtended(owed);
  return true;
}

export function isAlone(considered: Considered, verb: 'commit' | 'rollback'): boolean {
  if (considered.kind !== 'allowed') return false;
  const [only, second] = considered.allowed;
  return second === undefined && only?.statement.mechanics.transaction === verb;
}
