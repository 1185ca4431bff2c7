// `max_affected_rows`: how many rows a statement changed is known only at its end, so the end is watched.
import { errorResponse } from '../../wire/frames.ts';
import type { ClientError } from '../../../contract/errors.ts';
import type { Allowed } from './guard.ts';
import { QUESTIONS } from '../target/questions.ts';
import type { Reply } from '../target/replies.ts';
import { type Counts, countsOf, isCounted, NOTHING, since } from '../target/counts.ts';
import type { Session } from '../session.ts';

export const bounded = ({ facts, obligations }: Allowed) =>
  obligations.max_affected_rows !== undefined && facts.effects.includes('write');

export const inPieces = (): ClientError => ({
  code: 'refused_by_policy',
  message: 'policy bounds the changed rows here, and a portal that is read in pieces tells them too late',
  hint: 'Fetch all rows at once.',
});

/** Its Sync may follow the data at once, and would commit before the rows are known. */
export const copyByQuery = (): ClientError => ({
  code: 'refused_by_policy',
  message: 'policy bounds the changed rows here, which cannot be watched for a COPY in the extended protocol',
  hint: 'Send the COPY as a simple query.',
});

export const behindOthers = (): ClientError => ({
  code: 'refused_by_policy',
  message: 'policy bounds the changed rows here, which cannot be watched in the middle of a batch',
  hint: 'Put a Sync before it.',
});

/** Extended protocol: nothing else is sent until the Execute was answered, so that a poison can follow it. */
export function watchAffected(): {
  watching: boolean;
  settled: Promise<unknown> | null;
  reply(allowed: Allowed[]): Pick<Reply, 'settled'>;
} {
  const watch = {
    watching: false,
    settled: null as Promise<unknown> | null,
    reply(allowed: Allowed[]): Pick<Reply, 'settled'> {
      if (!allowed.some(bounded)) return {};
      const { promise, resolve } = Promise.withResolvers<boolean>();
      watch.watching = true;
      watch.settled = promise;
      return { settled: resolve };
    },
  };
  return watch;
}

/** Simple protocol outside a transaction: whether the statement needs one of its own, to be undone by, or to be counted in. */
export function needsOwnTransaction({ alone, mode }: Session, allowed: readonly Allowed[]): boolean {
  const [only, another] = allowed;
  if (!alone || mode !== 'write' || !only) return false;
  const { transaction, commitsItself } = only.statement.mechanics;
  const counts = !another && isCounted(only) && transaction === undefined && !commitsItself;
  return counts || allowed.some(bounded);
}

/** It is committed only if the statement stayed within its bound. Its tag is kept back until that is done. */
export async function ownTransaction(session: Session, allowed: readonly Allowed[]): Promise<void> {
  const { backend } = session;
  await backend.ask(QUESTIONS.begin);
  const before = allowed.some(isCounted) ? await countedBefore(session) : null;
  session.cycle.own = 'open';
  session.batch.holdsTag = true;
  session.batch.onReady = async () => {
    const { heldTag, failsTransaction } = session.batch;
    if (failsTransaction || heldTag === null) {
      await backend.ask(QUESTIONS.rollback);
      return Buffer.alloc(0);
    }
    const counting = before && (await backend.ask(QUESTIONS.changedRows));
    if (counting) session.cycle.counted(since(before, countsOf(counting.rows)));
    session.cycle.own = 'committing';
    // One that failed meanwhile, as by a cancel, would be committed as nothing, and without an error.
    const error = counting?.error ?? (await backend.ask(QUESTIONS.commit)).error;
    if (!error) return heldTag;
    if (counting?.error) await backend.ask(QUESTIONS.rollback);
    for (const run of session.cycle.runs) session.cycle.failed(run, error.sqlstate);
    const { interruption } = session.batch;
    return interruption && error.sqlstate === '57014' ? errorResponse(interruption) : error.whole;
  };
}

/** Null, and a transaction that goes on, where a cancel hit the question instead of the statement. */
async function countedBefore({ backend, wroteInMode }: Session): Promise<Counts | null> {
  if (!wroteInMode) return NOTHING;
  const { rows, error } = await backend.ask(QUESTIONS.changedRows);
  if (!error) return countsOf(rows);
  await backend.ask(QUESTIONS.rollback);
  await backend.ask(QUESTIONS.begin);
  return null;
}
