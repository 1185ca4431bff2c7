// What others say to a policy that waits: approve, which takes it into force once enough of them did, or deny.
import type pg from 'pg';
import type { Principal } from '../../../contract/words.ts';
import type { LedgerPool } from '../../../ledger/ledger-pool.ts';
import type { Announce } from '../../../notifier/announce.ts';
import { ACTIVATION_LOCK, type Revisions } from '../../../policy/source/revisions.ts';
import { actorName } from '../../revocation.ts';
import type { Activate, ActivationResult } from '../activation.ts';
import { type PolicyRequest, policyRequests, requestWithin } from './requests.ts';

export type Answer = 'approve' | 'deny';

export type AnswerResult =
  | ActivationResult
  /** So many approvals are still missing. */
  | { kind: 'approved'; request: string; missing: number }
  | { kind: 'denied'; request: string }
  | { kind: 'not_waiting'; request: string; state: PolicyRequest['state'] }
  /** Nobody approves their own, and no program approves. */
  | { kind: 'not_yours'; why: 'own' | 'no_person' }
  | { kind: 'unknown' };

/** Whether policy permits it is the caller's to ask. Throws LedgerUnavailable when it cannot be recorded. */
export type AnswerRequest = (id: string, principal: Principal, answer: Answer) => Promise<AnswerResult>;

export interface AnswerDeps {
  pool: LedgerPool;
  announce: Announce;
  /** Channels of the security team. */
  channels: string[];
  revisions: Pick<Revisions, 'files'>;
  activate: Activate;
  approvals: number;
}

export function makeAnswer({ pool, announce, channels, revisions, activate, approvals }: AnswerDeps): AnswerRequest {
  const written = async (id: string, principal: Principal, answer: Answer): Promise<PolicyRequest | AnswerResult> => {
    const [found] = await policyRequests(pool, id, 1);
    if (!found || found.id !== id) return { kind: 'unknown' };
    const refused = notHis(found, principal, answer);
    if (refused) return refused;
    // Said before, and what followed was cut short.
    if (answer === 'approve' && found.state === 'waiting' && found.approved.includes(principal.id)) return found;
    try {
      const { revision, by } = found;
      const actor = { principal: principal.id };
      const kind = answer === 'approve' ? 'policy_approved' : 'policy_denied';
      await announce({ kind, request: id, revision, actor }, async (client) => {
        await insertAnswer(client, found, principal.id, answer);
        const told = { event: 'policy.denied', request: id, revision, of: actorName(by), by: principal.id } as const;
        // Of an approval the activation tells.
        return answer === 'deny' ? [{ event: told, channels }] : [];
      });
    } catch (error) {
      if (!(error instanceof NotWaiting)) throw error;
      return { kind: 'not_waiting', request: id, state: error.state };
    }
    if (answer === 'deny') return { kind: 'denied', request: id };
    return { ...found, approved: [...found.approved, principal.id] };
  };
  return async (id, principal, answer) => {
    const request = await written(id, principal, answer);
    if ('kind' in request) return request;
    const missing = approvals - new Set(request.approved).size;
    if (missing > 0) return { kind: 'approved', request: id, missing };
    const files = request.content === null ? null : await revisions.files({ content: request.content });
    if (!files) return { kind: 'not_waiting', request: id, state: 'expired' };
    return activate({ files, actor: request.by, approved: { request: id, after: request.after } });
  };
}

function notHis(request: PolicyRequest, principal: Principal, answer: Answer): AnswerResult | null {
  if (answer === 'deny') return null;
  if (principal.kind !== 'human') return { kind: 'not_yours', why: 'no_person' };
  if ('principal' in request.by && request.by.principal === principal.id) return { kind: 'not_yours', why: 'own' };
  return null;
}

class NotWaiting extends Error {
  readonly state: PolicyRequest['state'];
  constructor(state: PolicyRequest['state']) {
    super(`The request is ${state}.`);
    this.state = state;
  }
}

/** No activation comes between; throws NotWaiting when one came, or an answer that ended it. */
async function insertAnswer(client: pg.ClientBase, { id }: PolicyRequest, by: string, answer: Answer): Promise<void> {
  await client.query(ACTIVATION_LOCK);
  const now = await requestWithin(client, id);
  if (now?.state !== 'waiting') throw new NotWaiting(now?.state ?? 'overtaken');
  await client.query(
    'INSERT INTO policy_answer (request, principal, answer) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [id, by, answer],
  );
}
