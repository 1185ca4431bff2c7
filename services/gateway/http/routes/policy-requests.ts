import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import type { Principal } from '../../../contract/words.ts';
import { LedgerUnavailable } from '../../../ledger/ledger.ts';
import type { AnswerRequest, AnswerResult } from '../../policy/requests/answer.ts';
import type { PolicyRequest } from '../../policy/requests/requests.ts';
import { actorName } from '../../revocation.ts';
import type { Authenticate } from '../authenticate.ts';
import type { Permissions } from '../permissions.ts';
import { HttpProblem, problemResponses } from '../problems.ts';
import { overtakenBy } from './policies.ts';

const lines = Type.Array(Type.String());

export const RequestBody = Type.Object({
  id: Type.String(),
  revision: Type.String(),
  by: Type.String(),
  at: Type.String(),
  state: Type.Unsafe<PolicyRequest['state']>({
    type: 'string',
    enum: ['waiting', 'active', 'denied', 'overtaken', 'expired'],
  }),
  approved: lines,
  denied: lines,
  summary: Type.String(),
  /** Sentences: who could do what by it that is not so now. */
  rights: lines,
  /** Rules, settings and files that differ; of recent decisions, what would turn. */
  difference: lines,
  flips: lines,
});
export type RequestBody = Static<typeof RequestBody>;

const AnswerBody = Type.Object({
  /** `active`: it is in force now; `waiting`: more approvals are missing. */
  state: Type.Union([Type.Literal('active'), Type.Literal('waiting'), Type.Literal('denied')]),
  revision: Type.Union([Type.String(), Type.Null()]),
  missing: Type.Integer(),
});

export interface PolicyRequestRouteDeps {
  authenticate: Authenticate;
  permissions: Permissions;
  /** Those whose id begins so, the newest first. */
  requests(prefix: string): Promise<PolicyRequest[]>;
  answer: AnswerRequest;
}

/** What waits for approval, and what others say to it. */
export function policyRequestRoutes(plain: FastifyInstance, deps: PolicyRequestRouteDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const security = [{ bearer: [] }];
  const params = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$' }) });
  const permit = (principal: Principal, action: 'policy.read' | 'policy.approve', subject: string | null) => {
    const verdict = deps.permissions.may(principal, action, subject, null);
    if (!verdict.allowed) throw new HttpProblem('forbidden', verdict.message);
  };
  app.get(
    '/v1/policies/requests',
    {
      schema: {
        summary: 'Policies that were requested, the newest first, with what whoever approves reads',
        security,
        querystring: Type.Object(
          { id: Type.Optional(Type.String({ pattern: '^[0-9a-f]{4,12}$' })) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ requests: Type.Array(RequestBody) }), ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await deps.authenticate(request);
      permit(principal, 'policy.read', null);
      const requests = await available(deps.requests(request.query.id ?? ''));
      return { requests: requests.map(bodyOf) };
    },
  );
  for (const answer of ['approve', 'deny'] as const) {
    app.post(
      `/v1/policies/requests/:id/${answer}`,
      {
        schema: {
          summary:
            answer === 'approve'
              ? "Approve somebody else's policy; in force once enough did"
              : 'Deny a policy that waits, or take back your own',
          security,
          params,
          response: { 200: AnswerBody, ...problemResponses },
        },
      },
      async (request: FastifyRequest<{ Params: Static<typeof params> }>): Promise<Static<typeof AnswerBody>> => {
        const { principal } = await deps.authenticate(request);
        const [found] = await available(deps.requests(request.params.id));
        const own = found !== undefined && 'principal' in found.by && found.by.principal === principal.id;
        // By the policy in force. One's own needs no leave to be taken back.
        if (!(own && answer === 'deny')) permit(principal, 'policy.approve', found ? actorName(found.by) : null);
        return answered(await available(deps.answer(request.params.id, principal, answer)));
      },
    );
  }
}

export const bodyOf = ({ by, content: _content, after: _after, ...request }: PolicyRequest): RequestBody => ({
  ...request,
  by: actorName(by),
});

function answered(result: AnswerResult): Static<typeof AnswerBody> {
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

async function available<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LedgerUnavailable) throw new HttpProblem('not_ready');
    throw error;
  }
}
