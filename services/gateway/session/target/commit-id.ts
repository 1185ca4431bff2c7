// The id of a transaction that is about to be committed: with it the target can be asked what became of a COMMIT whose answer
// was lost. Asked where a message of ours fits: beside what is sent in a transaction that may have written, else before a COMMIT that is
// sent alone.
import type { Allowed } from '../statement/guard.ts';
import { type Counts, countAtCommit } from './counts.ts';
import { query, readDataRow } from '../../wire/frames.ts';
import { hidden, QUESTIONS } from './questions.ts';
import type { Reply } from './replies.ts';
import type { Session } from '../session.ts';
import { type Steps, wait } from '../steps.ts';
import { synced } from './synced.ts';

/** The open transaction of a session in write mode, as far as the gateway asked for its id. */
export interface TargetTransaction {
  /** Something was sent, since it was asked, with which the target may have given it an id. */
  wrote: boolean;
  asking: boolean;
  id: string | null;
  /** Its rows are to be counted by the target, which was asked for what it had counted before. */
  counting: boolean;
  /** What it said; null as long as it has not. */
  counted: Counts | null;
}

export const noTransaction = (): TargetTransaction => ({
  ...{ wrote: false, asking: false, id: null },
  ...{ counting: false, counted: null },
});

/**
 * Ahead of the first message of a batch, in the same packet: its COMMIT then waits for no question of its own. Behind a statement it would
 * stand in that one's place in pg_stat_activity as long as the transaction is idle.
 */
export function askIdBeside(session: Session): void {
  if (!mayAsk(session)) return;
  const answer = heard(session);
  for (const [reply, message] of hidden(QUESTIONS.transactionId))
    session.push(reply.kind === 'execute' ? { ...reply, ...answer } : reply, message);
}

/** The same ahead of a Query, for which it is a Query as well. */
export function askIdAhead(session: Session, allowed: readonly Allowed[]): void {
  if (!mayAsk(session) || allowed.some(({ statement }) => statement.mechanics.transaction !== undefined)) return;
  session.push({ kind: 'query', hidden: true, ...heard(session) }, query(QUESTIONS.transactionId.text));
}

/** Where nothing is under way that an answer of its own would stand in. */
function mayAsk({ transaction, mode, status, batch, replies }: Session): boolean {
  if (!transaction.wrote || transaction.asking || transaction.id !== null) return false;
  return mode === 'write' && status === 'T' && !batch.dirty && replies.length === 0;
}

function heard({ transaction }: Session): Pick<Reply, 'look' | 'settled'> {
  transaction.wrote = false;
  transaction.asking = true;
  return {
    look({ type, body }) {
      if (type === 'D') transaction.id = readDataRow(body)[0]?.toString() ?? null;
    },
    settled: () => {
      transaction.asking = false;
    },
  };
}

/** Of a COMMIT that is sent alone. Null where it cannot be asked for, and where the transaction has none, for it wrote nothing. */
export function* commitId(session: Session): Steps<string | null> {
  const { epoch, commitIdAhead, transaction } = session;
  if (commitIdAhead) return commitIdAhead.id;
  if (transaction.id !== null && transaction.counted === null) return transaction.id;
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
  const { id: known, counted } = session.transaction;
  if ((known !== null && counted === null) || session.commitIdAhead || session.replies.length > 0) return true;
  const { epoch } = session;
  const id = yield* asked(session);
  if (session.epoch !== epoch || session.closed || session.ending || session.conversation.skipping) return false;
  session.commitIdAhead = { id };
  return true;
}

export function commitsAlone({ mode, status, batch }: Session, [only, another]: readonly Allowed[]): boolean {
  if (another || only?.statement.mechanics.transaction !== 'commit') return false;
  return mode === 'write' && status === 'T' && !batch.dirty;
}

function* asked(session: Session): Steps<string | null> {
  yield* countAtCommit(session);
  if (session.transaction.id !== null) return session.transaction.id;
  const { rows, error } = yield* wait(session.backend.ask(QUESTIONS.transactionId));
  return error ? null : (rows[0]?.[0] ?? null);
}
