// A review that is owed for broken glass: open until somebody else than the writer closes it with a comment.
import type pg from 'pg';
import { checkReason } from '../reason.ts';
import { no, places, recordRefusal, subjectOf } from './answer.ts';
import type { RequestsDeps } from './deps.ts';
import { barred } from './floor.ts';
import { aboutReview, judgeAnswer } from './judging.ts';
import type { Answerer, OwedReview, Reviewed } from './requests.ts';
import { onPool, showReview } from './store.ts';

class ReviewedBefore extends Error {}

export async function owe(
  client: pg.ClientBase,
  elevation: string,
  body: Omit<OwedReview, 'elevation' | 'since' | 'ageSeconds' | 'review'>,
): Promise<void> {
  // An extension that breaks glass once more owes no second one.
  await client.query('INSERT INTO review_owed (elevation, body) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    elevation,
    JSON.stringify(body),
  ]);
}

export async function review(
  deps: RequestsDeps,
  elevation: string,
  { principal, via }: Answerer,
  comment: string,
): Promise<Reviewed> {
  const checked = checkReason(comment);
  if (!checked.ok) return no('bad_why', ['bad_comment'], checked.message.replace(/\breason\b/g, 'comment'));
  const record = await showReview(onPool(deps.pool), elevation);
  if (!record) return no('not_found', [], 'no review is owed for it');
  if (record.review) return reviewedAlready(record.review.by);
  const refuse = (codes: string[], message: string, judged: ReturnType<typeof judgeAnswer> | null) => {
    recordRefusal(deps, {
      kind: 'answer_refused',
      about: elevation,
      action: 'review',
      ...{ via, codes, revision: judged?.evaluated.revision ?? null },
      actor: { principal: principal.id },
      decided: judged?.decided ?? null,
      ...places(record),
    });
    return no('refused', codes, message);
  };
  const floor = barred(principal, record.principal);
  if (floor) return refuse([floor.code], floor.message, null);
  const judged = judgeAnswer(deps, principal, 'review', aboutReview(record));
  const { evaluated, decided } = judged;
  if (!evaluated.ok) return refuse(['policy_fault'], 'policy could not decide, so this is refused', judged);
  const { allow, reasons } = evaluated.decision;
  if (!allow) {
    const message = reasons.map((reason) => reason.message).join('; ') || 'policy does not let you review it';
    return refuse(
      reasons.map(({ code }) => code),
      message,
      judged,
    );
  }
  try {
    await deps.announce(
      {
        kind: 'elevation_reviewed',
        elevation,
        actor: { principal: principal.id },
        ...{ via, comment: checked.reason, revision: evaluated.revision, decided },
        ...places(record),
      },
      async (client) => {
        const { rowCount } = await client.query(
          'INSERT INTO review (elevation, body) VALUES ($1, $2) ON CONFLICT DO NOTHING',
          [elevation, JSON.stringify({ by: principal.id, comment: checked.reason })],
        );
        if (rowCount === 0) throw new ReviewedBefore();
        const event = {
          event: 'review.closed',
          about: elevation,
          reason: record.reason,
          by: principal.id,
          comment: checked.reason,
          ...subjectOf(record),
        } as const;
        return [{ event, channels: record.channels }];
      },
    );
  } catch (error) {
    if (!(error instanceof ReviewedBefore)) throw error;
    const now = await showReview(onPool(deps.pool), elevation);
    return reviewedAlready(now?.review?.by ?? 'somebody');
  }
  const now = await showReview(onPool(deps.pool), elevation);
  return now ? { ok: true, review: now } : no('not_found', [], 'no review is owed for it');
}

const reviewedAlready = (by: string) => no('over', ['over'], `it was reviewed by ${by}`);
