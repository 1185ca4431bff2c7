import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import type { PolicyRequest } from '../../policy/requests/requests.ts';
import { actorName } from '../../revocation.ts';
import type { Authenticate } from '../authenticate.ts';
import { answerPolicy, available, permitPolicy, type PolicyAnswerDeps } from '../answer-policy.ts';
import { problemResponses } from '../problems.ts';

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

export interface PolicyRequestRouteDeps extends PolicyAnswerDeps {
  authenticate: Authenticate;
}

/** What waits for approval, and what others say to it. */
export function policyRequestRoutes(plain: FastifyInstance, deps: PolicyRequestRouteDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const security = [{ bearer: [] }];
  const params = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$' }) });
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
      permitPolicy(deps.permissions, principal, 'policy.read', null);
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
        return answerPolicy(deps, request.params.id, principal, answer);
      },
    );
  }
}

export const bodyOf = ({ by, content: _content, after: _after, ...request }: PolicyRequest): RequestBody => ({
  ...request,
  by: actorName(by),
});
