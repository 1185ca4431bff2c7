import type { FastifyInstance } from 'fastify';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import { Principal } from '../../../contract/words.ts';
import type { Authenticate } from '../authenticate.ts';
import { problemResponses } from '../problems.ts';

const Wire = Type.Object({ host: Type.String(), port: Type.Integer(), tls: Type.Boolean() });
const Me = Type.Object({
  principal: Principal,
  token: Type.Object({ id: Type.String(), expires_at: Type.String() }),
  wire: Wire,
});

/** Where PostgreSQL's clients reach the gateway. */
export type Wire = Static<typeof Wire>;

/** `/v1/me`: who this token is, and where else it does. */
export function meRoute(app: FastifyInstance, authenticate: Authenticate, wire: () => Wire): void {
  app.get(
    '/v1/me',
    {
      schema: { summary: 'Who this token is', security: [{ bearer: [] }], response: { 200: Me, ...problemResponses } },
    },
    async (request) => {
      const { principal, token, expiresAt } = await authenticate(request);
      return { principal, token: { id: token, expires_at: expiresAt.toISOString() }, wire: wire() };
    },
  );
}
