import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Principal } from '../../../contract/words.ts';
import type { Authenticate } from '../authenticate.ts';
import { problemResponses } from '../problems.ts';

const Me = Type.Object({
  principal: Principal,
  token: Type.Object({ id: Type.String(), expires_at: Type.String() }),
});

/** `/v1/me`: who this token is. */
export function meRoute(app: FastifyInstance, authenticate: Authenticate): void {
  app.get(
    '/v1/me',
    {
      schema: { summary: 'Who this token is', security: [{ bearer: [] }], response: { 200: Me, ...problemResponses } },
    },
    async (request) => {
      const { principal, token, expiresAt } = await authenticate(request);
      return { principal, token: { id: token, expires_at: expiresAt.toISOString() } };
    },
  );
}
