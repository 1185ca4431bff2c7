// Read mode, layer E: a statement that calls more than immutable and stable built-ins runs in a transaction of its own and
// is rolled back, so that nothing that a function did lasts. Plain ones need not pay for it.
import type { ClientError } from '../../contract/errors.ts';
import { bind, close, execute, parse } from '../wire/frames.ts';
import type { Allowed } from './guard.ts';
import type { Session } from './session.ts';

const NAME = '_sudoql_begin';

/** Why these cannot follow in a batch that is contained. */
export function cannotFollow(session: Session, allowed: readonly Allowed[]): ClientError | null {
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
  if (session.mode !== 'read' || !session.alone || !allowed.some(reachesFurther)) return;
  if (allowed.some(({ statement: { mechanics } }) => mechanics.transaction || mechanics.sets || mechanics.prepares))
    return;
  const { backend } = session;
  session.batch.contained = true;
  session.batch.onReady = async () => {
    await backend.query('ROLLBACK');
    return Buffer.alloc(0);
  };
  if (protocol === 'simple' && session.replies.length === 0) await backend.query('BEGIN');
  else {
    session.push({ kind: 'parse', hidden: true }, parse(NAME, 'BEGIN'));
    session.push({ kind: 'bind', hidden: true }, bind(NAME, NAME));
    session.push({ kind: 'execute', hidden: true }, execute(NAME));
    session.push({ kind: 'close', hidden: true }, close('S', NAME));
  }
}

function reachesFurther({ facts }: Allowed): boolean {
  return facts.functions.some(
    ({ schema, volatility }) => schema !== 'pg_catalog' || (volatility !== 'immutable' && volatility !== 'stable'),
  );
}
