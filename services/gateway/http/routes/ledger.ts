import type { FastifyInstance } from 'fastify';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import type { Authenticate } from '../authenticate.ts';
import { problemResponses } from '../problems.ts';

const Heads = Type.Object({
  /** The youngest first, at most a thousand. */
  heads: Type.Array(Type.Object({ chain: Type.String(), seq: Type.Integer(), hash: Type.String() })),
  /** How many there are. */
  chains: Type.Integer(),
});

/** `/v1/ledger/head`: where the chains end. It says nothing of what stands in them, so whoever has a token may keep it. */
export function ledgerRoute(
  app: FastifyInstance,
  deps: { authenticate: Authenticate; heads(): Promise<Static<typeof Heads>> },
): void {
  app.get(
    '/v1/ledger/head',
    {
      schema: {
        summary: 'Where each chain of the record ends: kept elsewhere, it proves that nothing before was altered',
        security: [{ bearer: [] }],
        response: { 200: Heads, ...problemResponses },
      },
    },
    async (request) => {
      await deps.authenticate(request);
      return deps.heads();
    },
  );
}
