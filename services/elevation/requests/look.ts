// What time does to requests and reviews: those that nobody answered expire, people are reminded, sets widen.
import type pg from 'pg';
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import type { Telling } from '../../notifier/announce.ts';
import { places, stillOpen, subjectOf, told } from './answer.ts';
import { approversOf, tellings } from './approvers.ts';
import { channelsOf } from './ask.ts';
import type { RequestsDeps } from './deps.ts';
import { type OwedReview, RequestOver, type RequestRecord } from './requests.ts';
import { expiredRequests, listRequests, onPool, owedReviews, putState } from './store.ts';

/** Until those who owe a review are reminded, and again. */
const REVIEW_EVERY_SECONDS = 24 * 3_600;

/** Another process was first. */
class SaidBefore extends Error {}

/** Looks at all once. Rejects when the ledger does not answer. */
export async function look(deps: RequestsDeps): Promise<void> {
  const query = onPool(deps.pool);
  for (const record of await expiredRequests(query)) await expire(deps, record);
  for (const record of await listRequests(query, { open: true, limit: 1_000 })) {
    if (record.state !== 'pending') continue;
    for (const step of stepsOf(deps, record)) await remind(deps, record, step);
  }
  for (const review of await owedReviews(query)) {
    const step = Math.floor(review.ageSeconds / REVIEW_EVERY_SECONDS);
    if (step > 0) await remindReview(deps, review, step);
  }
}

async function expire(deps: RequestsDeps, record: RequestRecord): Promise<void> {
  await unlessOver(
    deps.announce({ kind: 'request_expired', request: record.id, ...places(record) }, async (client) => {
      await stillOpen(client, record.id, ['expired']);
      const { rowCount } = await client.query("SELECT FROM request_state WHERE request = $1 AND state <> 'approved'", [
        record.id,
      ]);
      if (rowCount !== 0) throw new SaidBefore();
      await putState(client, record.id, 'expired', {});
      return [told(deps, record, 'expired', null, null)];
    }),
  );
}

interface Step {
  step: string;
  channels: string[];
  /** For those alone who are asked since then, in seconds; left out for all. */
  since?: number;
}

/** One reminder when half of the time is over; and who is asked beside the others, when it is their time. */
function stepsOf(deps: RequestsDeps, record: RequestRecord): Step[] {
  const half = (record.until.getTime() - record.askedAt.getTime()) / 2_000;
  const steps: Step[] = record.ageSeconds >= half ? [{ step: 'reminder', channels: record.channels }] : [];
  for (const { name, wider } of record.sets) {
    for (const more of wider.filter(({ after_seconds }) => record.ageSeconds >= after_seconds))
      steps.push({
        step: `${name} after ${more.after_seconds} s`,
        channels: channelsOf(deps, record.target.name, more),
        since: more.after_seconds - 1,
      });
  }
  return steps.filter(({ channels }) => channels.length > 0);
}

async function remind(deps: RequestsDeps, record: RequestRecord, { step, channels, since }: Step): Promise<void> {
  const said = await deps.pool.query('SELECT FROM request_told WHERE request = $1 AND step = $2', [record.id, step]);
  if (said.length > 0) return;
  const event = {
    event: 'request.reminder',
    request: record.id,
    ...{ reason: record.reason, seconds: record.seconds, by: record.by },
    groups: record.principal.groups,
    asked: record.sets.map(({ name, count }) => ({ name, count })),
    expires: record.until.toISOString(),
    ...subjectOf(record),
  } as const;
  const approvers = await approversOf(deps, record, channels, since);
  const toThem = approvers && { told: approvers.told };
  await once(
    deps,
    { kind: 'request_reminded', request: record.id, step, ...toThem, ...places(record) },
    async (client) => {
      await stillOpen(client, record.id, ['pending']);
      await claim(client, 'INSERT INTO request_told (request, step) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        record.id,
        step,
      ]);
      return tellings(deps, event, channels, approvers);
    },
  );
}

async function remindReview(deps: RequestsDeps, review: OwedReview, step: number): Promise<void> {
  const { elevation } = review;
  const said = await deps.pool.query('SELECT FROM review_told WHERE elevation = $1 AND step >= $2', [elevation, step]);
  if (said.length > 0) return;
  const event = {
    event: 'review.owed',
    about: elevation,
    reason: review.reason,
    since: review.since.toISOString(),
    ...subjectOf(review),
  } as const;
  await once(deps, { kind: 'review_reminded', elevation, step, ...places(review) }, async (client) => {
    await claim(client, 'INSERT INTO review_told (elevation, step) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      elevation,
      step,
    ]);
    return [{ event, channels: [...new Set([...review.channels, ...deps.security])] }];
  });
}

async function claim(client: pg.ClientBase, insert: string, values: unknown[]): Promise<void> {
  const { rowCount } = await client.query(insert, values);
  if (rowCount === 0) throw new SaidBefore();
}

const once = (deps: RequestsDeps, draft: EntryDraft, tell: (client: pg.ClientBase) => Promise<Telling[]>) =>
  unlessOver(deps.announce(draft, tell));

async function unlessOver(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SaidBefore) && !(error instanceof RequestOver)) throw error;
  }
}
