// Answering: the floor, the request's state, policy, in this order; then the entry, before it takes effect.
import type pg from 'pg';
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import type { Telling } from '../../notifier/announce.ts';
import type { NoticeSubject } from '../../notifier/notice.ts';
import type { Facts } from '../policy-input.ts';
import { checkReason } from '../reason.ts';
import type { RequestsDeps } from './deps.ts';
import { barred, mayConfirm } from './floor.ts';
import { aboutRequest, judgeAnswer, type Judged, lacking, mustConfirm, whoMustAgree } from './judging.ts';
import { type Answered, type Answerer, type AskedBody, type RequestRecord, RequestOver } from './requests.ts';
import { lockRequest, onPool, putState, showRequest } from './store.ts';

type No = Answered & { ok: false };

/** Somebody else agreed in between: whether all have is found out anew. */
class Overtaken extends Error {}

export async function answer(
  deps: RequestsDeps,
  id: string,
  who: Answerer,
  action: 'approve' | 'deny',
  why: string | null,
): Promise<Answered> {
  const words = saidWhy(why);
  if (!words.ok) return words;
  for (let attempt = 1; ; attempt++) {
    const record = await showRequest(onPool(deps.pool), id);
    if (!record) return no('not_found', [], 'there is no such request');
    const judged = record.confirm
      ? await mayConfirmNow(deps, record, who, action)
      : await mayAnswer(deps, record, who, action);
    if (!('decided' in judged)) return judged;
    try {
      await (action === 'deny'
        ? deny(deps, record, who, words.why, judged)
        : approve(deps, record, who, words.why, judged));
    } catch (error) {
      if (error instanceof RequestOver) return over(error.state);
      if (error instanceof Overtaken && attempt < 10) continue;
      throw error;
    }
    const request = await showRequest(onPool(deps.pool), id);
    return request ? { ok: true, request } : no('not_found', [], 'there is no such request');
  }
}

interface MayAnswer {
  decided: Judged['decided'];
  sets: AskedBody['sets'];
  counts: string[];
  revision: string;
}

function refusing(deps: RequestsDeps, record: RequestRecord, { principal, via }: Answerer, action: 'approve' | 'deny') {
  return (codes: string[], message: string, judged: Judged | null): No => {
    const revision = judged?.evaluated.revision ?? null;
    recordRefusal(deps, {
      kind: 'answer_refused',
      about: record.id,
      ...{ action, via, codes, revision },
      actor: { principal: principal.id },
      decided: judged?.decided ?? null,
      ...places(record),
    });
    return no('refused', codes, message);
  };
}

/** By the same person, on a page, by a fresh sign-in; and policy still asks no more than that. */
async function mayConfirmNow(
  deps: RequestsDeps,
  record: RequestRecord,
  who: Answerer,
  action: 'approve' | 'deny',
): Promise<No | MayAnswer> {
  const refuse = refusing(deps, record, who, action);
  const barredFrom = mayConfirm(who.principal, record.principal);
  if (barredFrom) return refuse([barredFrom.code], barredFrom.message, null);
  if (action === 'deny') return no('refused', ['not_yours'], 'take it back instead');
  if (record.state !== 'pending') return over(record.state);
  if (who.via !== 'page' || !isFresh(deps, who.proof))
    return refuse(['not_fresh'], 'it is confirmed in the console, by a sign-in that is fresh', null);
  const must = mustConfirm(deps, record, await factsOf(deps, record));
  if (!must.ok) return refuse(must.codes, must.message, null);
  return { ...must, sets: record.sets, counts: record.sets.map(({ name }) => name) };
}

async function factsOf(deps: RequestsDeps, record: RequestRecord): Promise<Facts> {
  const [checks, standing] = await Promise.all([deps.checks.ask(record) ?? {}, deps.standing.of(record)]);
  return { checks, standing };
}

/** By this process's clock, against the provider's word; a moment ahead of us is no fresher than now. */
export function isFresh(
  { confirming, clock }: Pick<RequestsDeps, 'confirming' | 'clock'>,
  proof: Answerer['proof'],
): boolean {
  if (!confirming || !proof) return false;
  const age = clock.now().getTime() - proof.at.getTime();
  const known = confirming.acr.length === 0 || (proof.acr !== null && confirming.acr.includes(proof.acr));
  return known && age <= confirming.withinMs && age >= -AHEAD_MS;
}

/** The provider's clock may be so much ahead. */
const AHEAD_MS = 60_000;

async function mayAnswer(
  deps: RequestsDeps,
  record: RequestRecord,
  who: Answerer,
  action: 'approve' | 'deny',
): Promise<No | MayAnswer> {
  const { principal } = who;
  const refuse = refusing(deps, record, who, action);
  const floor = barred(principal, record.principal);
  if (floor) return refuse([floor.code], floor.message, null);
  // An approval is taken back by who may deny, until it is used.
  const open = record.state === 'pending' || (action === 'deny' && record.state === 'approved');
  if (!open) return over(record.state);
  const must = whoMustAgree(deps, record, await factsOf(deps, record));
  // Who was asked may say no whatever has become of the policy.
  const sets = must.ok ? must.sets : action === 'deny' ? record.sets : null;
  if (sets === null) return refuse(must.ok ? [] : must.codes, must.ok ? '' : must.message, null);
  const judged = judgeAnswer(deps, principal, action, aboutRequest(record, sets));
  const { evaluated } = judged;
  if (!evaluated.ok) return refuse(['policy_fault'], 'policy could not decide, so this is refused', judged);
  const { allow, reasons, sets: counts } = evaluated.decision;
  if (!allow || counts.length === 0) {
    const said =
      reasons.length > 0 ? reasons : [{ code: 'not_asked', message: 'you are not asked about this request' }];
    return refuse(
      said.map(({ code }) => code),
      said.map(({ message }) => message).join('; '),
      judged,
    );
  }
  return { decided: judged.decided, sets, counts, revision: evaluated.revision };
}

async function approve(
  deps: RequestsDeps,
  record: RequestRecord,
  { principal, via }: Answerer,
  why: string | null,
  { decided, revision, sets, counts }: MayAnswer,
): Promise<void> {
  const before = record.approvals.map(({ principal: each }) => each);
  const approvers = [...before.filter(({ id }) => id !== principal.id), principal];
  const approved = record.confirm === true || lacking(deps, record, sets, approvers).length === 0;
  await deps.announce(
    {
      kind: 'request_approved',
      request: record.id,
      actor: { principal: principal.id },
      ...{ via, why, approved, revision, decided },
      sets: counts,
      ...places(record),
    },
    async (client) => {
      const now = await stillOpen(client, record.id, ['pending']);
      if (now.approvals.length !== record.approvals.length) throw new Overtaken();
      await client.query(
        'INSERT INTO request_approval (request, principal, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [record.id, principal.id, JSON.stringify({ principal, via, why })],
      );
      if (!approved) return [];
      await putState(client, record.id, 'approved', {}, record.use_seconds);
      return [told(deps, record, 'approved', principal.id, why)];
    },
  );
}

async function deny(
  deps: RequestsDeps,
  record: RequestRecord,
  { principal, via }: Answerer,
  why: string | null,
  { decided, revision }: MayAnswer,
): Promise<void> {
  await deps.announce(
    {
      kind: 'request_denied',
      request: record.id,
      actor: { principal: principal.id },
      ...{ via, why, revision, decided },
      ...places(record),
    },
    async (client) => {
      await stillOpen(client, record.id, ['pending', 'approved']);
      await putState(client, record.id, 'denied', { by: principal.id, why });
      return [told(deps, record, 'denied', principal.id, why)];
    },
  );
}

/** By who asked, and nobody else. */
export async function withdraw(deps: RequestsDeps, id: string, { principal, via }: Answerer): Promise<Answered> {
  const record = await showRequest(onPool(deps.pool), id);
  if (!record) return no('not_found', [], 'there is no such request');
  if (record.principal.id !== principal.id) return no('refused', ['not_yours'], 'it is not your request');
  if (record.state !== 'pending' && record.state !== 'approved') return over(record.state);
  try {
    await deps.announce(
      { kind: 'request_withdrawn', request: id, actor: { principal: principal.id }, via, ...places(record) },
      async (client) => {
        await stillOpen(client, id, ['pending', 'approved']);
        await putState(client, id, 'withdrawn', { by: principal.id });
        return [told(deps, record, 'withdrawn', principal.id, null)];
      },
    );
  } catch (error) {
    if (error instanceof RequestOver) return over(error.state);
    throw error;
  }
  const request = await showRequest(onPool(deps.pool), id);
  return request ? { ok: true, request } : no('not_found', [], 'there is no such request');
}

/** Under the request's lock, by the ledger's clock. Throws RequestOver. */
export async function stillOpen(
  client: pg.ClientBase,
  id: string,
  states: readonly RequestRecord['state'][],
): Promise<RequestRecord> {
  const now = await lockRequest(client, id);
  if (!now || !states.includes(now.state)) throw new RequestOver(id, now?.state ?? 'expired');
  return now;
}

/** Those who were asked, and the target's own channels, hear what came of it. */
export function told(
  deps: Pick<RequestsDeps, 'notify'>,
  record: RequestRecord,
  answer: 'approved' | 'denied' | 'withdrawn' | 'expired',
  by: string | null,
  why: string | null,
): Telling {
  return {
    event: {
      event: 'request.answered',
      request: record.id,
      reason: record.reason,
      answer,
      by,
      why,
      ...subjectOf(record),
    },
    // Of what somebody confirmed themselves nobody else was asked.
    channels: record.confirm ? [] : [...new Set([...record.channels, ...deps.notify(record.target.name)])],
  };
}

export function places({ session, principal, target }: Pick<AskedBody, 'session' | 'principal' | 'target'>) {
  return { session: session.id, principal: principal.id, target: target.name };
}

export function subjectOf(record: Pick<AskedBody, 'session' | 'principal' | 'target'>): NoticeSubject {
  const { session, principal, target } = record;
  return {
    ...places(record),
    email: principal.email,
    environment: target.labels.environment ?? null,
    client_address: session.client_address,
    application_name: session.application_name,
  };
}

/** There is not always room for it: who floods the record with answers that are refused has refused answers all the same. */
export function recordRefusal(deps: Pick<RequestsDeps, 'ledger' | 'log'>, draft: EntryDraft): void {
  try {
    deps.ledger.queue(draft);
  } catch (error) {
    deps.log.warn({ err: error }, 'a refused answer could not be recorded');
  }
}

export function saidWhy(why: string | null): { ok: true; why: string | null } | (No & { ok: false }) {
  if (why === null || why.trim() === '') return { ok: true, why: null };
  const checked = checkReason(why);
  return checked.ok ? { ok: true, why: checked.reason } : no('bad_why', ['bad_why'], checked.message);
}

export const no = (what: No['what'], codes: string[], message: string): No => ({ ok: false, what, codes, message });

export const over = (state: RequestRecord['state']): No =>
  no('over', ['over'], state === 'approved' ? 'it is approved already' : `it is not open any more: it is ${state}`);
