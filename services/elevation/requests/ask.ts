// Asking: the request is recorded and its notices queued in one transaction, before anybody waits for it.
import { randomUUID } from 'node:crypto';
import type { ApprovalSet } from '../../policy/decision.ts';
import { ofSession, subject } from '../of-session.ts';
import { sessionFacts } from '../session-facts.ts';
import { approversOf, tellings } from './approvers.ts';
import { bindingOf } from './binding.ts';
import type { RequestsDeps } from './deps.ts';
import { lacking, uncountable } from './judging.ts';
import type { Asked, AskedBody, RequestRecord, ToAsk } from './requests.ts';
import { countRequests, findRequest, onClient, onPool } from './store.ts';

/** Of one principal at once, and in an hour: who asks without end fills neither the mailbox nor the table. */
const MOST_OPEN = 5;
const MOST_AN_HOUR = 20;

class AskedBefore extends Error {}
class TooMany extends Error {}

export async function ask(deps: RequestsDeps, asked: ToAsk): Promise<Asked> {
  const { principal } = asked.request.session;
  const binding = bindingOf(asked);
  const problem = asked.confirm ? null : uncountable(asked.approve.sets);
  if (problem !== null) return nobody(problem);
  for (let attempt = 1; ; attempt++) {
    const found = await findRequest(onPool(deps.pool), principal.id, binding);
    if (found) return stateOf(deps, asked, found);
    if (asked.request.request !== undefined) return usedBefore(asked.request.request);
    const unheard = nobodyToAsk(deps, asked);
    if (unheard) return unheard;
    try {
      return { kind: 'pending', request: await make(deps, asked, binding) };
    } catch (error) {
      if (error instanceof TooMany) return tooMany(error.message);
      if (!(error instanceof AskedBefore) || attempt === 3) throw error;
    }
  }
}

/** It is approved where all who must agree now have agreed, and their answers count now. */
function stateOf(deps: RequestsDeps, { approve, confirm }: ToAsk, request: RequestRecord): Asked {
  if (request.state !== 'approved') return { kind: 'pending', request };
  // Their own word of a moment ago: its time is short.
  if (confirm) return { kind: 'approved', request };
  const missing = lacking(
    deps,
    request,
    approve.sets,
    request.approvals.map(({ principal }) => principal),
  );
  if (missing.length === 0) return { kind: 'approved', request };
  return {
    kind: 'refused',
    code: 'approval_lost',
    message: `${request.id} was approved, and that does not suffice any more: ${namesOf(missing)} must agree`,
    remedy: `Withdraw it (sudoql withdraw ${request.id}), and ask again.`,
  };
}

const usedBefore = (id: string): Asked => ({
  kind: 'refused',
  code: 'approval_lost',
  message: `${id} was approved, and is used or over: another session of yours may have been first.`,
  remedy: 'Ask again.',
});

function nobodyToAsk(deps: RequestsDeps, { approve, request, confirm }: ToAsk): Asked | null {
  if (confirm) return deps.confirming ? null : NOWHERE_TO_CONFIRM;
  const { sets } = approve;
  const unanswerable = sets.filter(({ people, groups, wider }) =>
    [{ people, groups }, ...wider].every((each) => each.people.length === 0 && each.groups.length === 0),
  );
  if (unanswerable.length > 0) return nobody(`Nobody is in ${namesOf(unanswerable)}, who must agree.`);
  const unheard = sets.filter((set) => channelsOf(deps, request.session.target.name, set).length === 0);
  if (unheard.length > 0) return nobody(`Nobody could be asked: no channel reaches ${namesOf(unheard)}.`);
  return null;
}

const nobody = (message: string): Asked => ({
  kind: 'refused',
  code: 'nobody_to_ask',
  message,
  remedy: 'Ask the security team to name who is asked, and by which channel.',
});

const NOWHERE_TO_CONFIRM: Asked = {
  kind: 'refused',
  code: 'needs_confirmation',
  message: 'Policy wants the same person to confirm this by a fresh sign-in, and nobody signs in here.',
  remedy: 'Ask the operator to configure sign_in, or the security team for a rule without confirmation.',
};

/** Configured ones; the target's own where the set names none. */
export function channelsOf(
  deps: Pick<RequestsDeps, 'channels' | 'notify'>,
  target: string,
  set: Pick<ApprovalSet, 'channels'>,
): string[] {
  const named = set.channels.length > 0 ? set.channels : deps.notify(target);
  return named.filter((channel) => deps.channels.has(channel));
}

export const namesOf = (sets: readonly { name: string }[]): string =>
  [...new Set(sets.map(({ name }) => name))].join(' and ');

async function make(deps: RequestsDeps, asked: ToAsk, binding: string): Promise<RequestRecord> {
  const { request, reason, requestedSeconds, seconds, approve, confirm, revision, decided } = asked;
  const { session, by } = request;
  const id = `req_${randomUUID()}`;
  // Who confirms their own is told by their session, and nobody else.
  const channels = confirm
    ? []
    : [...new Set(approve.sets.flatMap((set) => channelsOf(deps, session.target.name, set)))].sort();
  const askSeconds = Math.max(1, Math.floor(approve.ask_seconds));
  const askedAt = deps.clock.now();
  const until = new Date(askedAt.getTime() + askSeconds * 1_000);
  const names = [...new Set(approve.sets.map(({ name }) => name))];
  const body: AskedBody = {
    principal: session.principal,
    target: session.target,
    session: sessionFacts(request),
    by,
    reason,
    requested_seconds: requestedSeconds,
    seconds,
    sets: approve.sets,
    ...(confirm && { confirm: true as const }),
    ...(request.breakGlass && { break_glass: true as const }),
    use_seconds: Math.max(1, Math.floor(approve.use_seconds)),
    channels,
  };
  const record: RequestRecord = {
    ...body,
    ...{ id, state: 'pending', askedAt, until, ageSeconds: 0, approvals: [], end: null },
  };
  const approvers = await approversOf(deps, record, channels);
  await deps.announce(
    {
      kind: 'request_made',
      request: id,
      ...{ reason, seconds, by, revision, decided },
      asked: names,
      expires: until.toISOString(),
      ...(approvers && { told: approvers.told }),
      ...ofSession(session),
    },
    async (client) => {
      const { id: person } = session.principal;
      await client.query("SELECT pg_advisory_xact_lock(hashtextextended('sudoql requests of ' || $1, 0))", [person]);
      if (await findRequest(onClient(client), person, binding)) throw new AskedBefore(id);
      const { open, hour } = await countRequests(onClient(client), person);
      if (open >= MOST_OPEN) throw new TooMany(`you have ${open} requests open, as many as are permitted`);
      if (hour >= MOST_AN_HOUR)
        throw new TooMany(`you have asked ${hour} times in the last hour, as often as is permitted`);
      await client.query(INSERT, [id, person, session.target.name, binding, JSON.stringify(body), askSeconds]);
      if (confirm) return [];
      const event = {
        event: 'request.made',
        request: id,
        ...{ reason, seconds, by },
        groups: session.principal.groups,
        asked: approve.sets.map(({ name, count }) => ({ name, count })),
        expires: until.toISOString(),
        ...subject(session),
      } as const;
      return tellings(deps, event, channels, approvers);
    },
  );
  return record;
}

const INSERT = `INSERT INTO request (request, principal, target, binding, body, expires_at)
  VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6::float8 * interval '1 second')`;

function tooMany(message: string): Asked {
  return {
    kind: 'refused',
    code: 'too_many_requests',
    message,
    remedy: 'Wait for an answer, or withdraw one: sudoql requests lists yours.',
  };
}
