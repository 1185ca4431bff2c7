// Answering a policy that waits, for the API and the page alike: who may, what came of it, and each refusal in words.
import type { Principal } from '../../contract/words.ts';
import { LedgerUnavailable } from '../../ledger/ledger.ts';
import type { Activation } from '../../policy/source/revisions.ts';
import type { AnswerRequest, AnswerResult } from '../policy/requests/answer.ts';
import type { PolicyRequest } from '../policy/requests/requests.ts';
import { actorName } from '../revocation.ts';
import type { Permissions } from './permissions.ts';
import { HttpProblem } from './problems.ts';

export interface PolicyAnswerDeps {
  permissions: Permissions;
  /** Those whose id begins so, the newest first. */
  requests(prefix: string): Promise<PolicyRequest[]>;
  answer: AnswerRequest;
}

export interface PolicyAnswered {
  /** `active`: it is in force now; `waiting`: more approvals are missing. */
  state: 'active' | 'waiting' | 'denied';
  revision: string | null;
  missing: number;
}

/** Throws HttpProblem. */
export async function answerPolicy(
  deps: PolicyAnswerDeps,
  id: string,
  principal: Principal,
  answer: 'approve' | 'deny',
): Promise<PolicyAnswered> {
  const [found] = await available(deps.requests(id));
  const own = found !== undefined && 'principal' in found.by && found.by.principal === principal.id;
  // By the policy in force. One's own needs no leave to be taken back.
  if (!(own && answer === 'deny'))
    permitPolicy(deps.permissions, principal, 'policy.approve', found ? actorName(found.by) : null);
  return answered(await available(deps.answer(id, principal, answer)));
}

/** Throws HttpProblem where policy does not permit it. */
export function permitPolicy(
  permissions: Permissions,
  principal: Principal,
  action: 'policy.read' | 'policy.approve' | 'policy.activate',
  subject: string | null,
): void {
  const verdict = permissions.may(principal, action, subject, null);
  if (!verdict.allowed) throw new HttpProblem('forbidden', verdict.message);
}

function answered(result: AnswerResult): PolicyAnswered {
  switch (result.kind) {
    case 'activated':
    case 'unchanged':
      return { state: 'active', revision: result.revision, missing: 0 };
    case 'approved':
      return { state: 'waiting', revision: null, missing: result.missing };
    case 'denied':
      return { state: 'denied', revision: null, missing: 0 };
    case 'not_yours':
      throw new HttpProblem(
        'forbidden',
        result.why === 'own' ? 'Nobody approves their own policy.' : 'A policy is approved by people.',
      );
    case 'not_waiting':
      throw new HttpProblem('policy_not_waiting', `That request is ${result.state}.`);
    case 'unknown':
      throw new HttpProblem('not_found');
    case 'refused':
      throw new HttpProblem('policy_refused', result.problem);
    case 'overtaken':
      throw new HttpProblem('policy_overtaken', overtakenBy(result.by));
    case 'requested':
      throw new Error('An approved request waits again.');
    default:
      return result satisfies never;
  }
}

export function overtakenBy(by: Activation | null): string {
  if (!by) return 'No policy is in force any more; look at the history and activate again.';
  const who = by.by === null ? 'A gateway' : actorName(by.by);
  return `${who} activated ${by.revision} at ${by.at}: ${by.summary || 'no summary'}. Look at it, and activate again if yours still holds.`;
}

/** Throws HttpProblem where the ledger does not answer. */
export async function available<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LedgerUnavailable) throw new HttpProblem('not_ready');
    throw error;
  }
}
