import type { FastifyInstance } from 'fastify';
import { Type } from '../../../contract/typebox/typebox.js';
import { Target } from '../../../contract/words.ts';
import type { Authenticate } from '../authenticate.ts';
import type { Permissions } from '../permissions.ts';
import { problemResponses } from '../problems.ts';

const Targets = Type.Object({ targets: Type.Array(Target) });

/** `/v1/targets`: those that policy lets this principal see. */
export function targetsRoute(
  app: FastifyInstance,
  deps: { authenticate: Authenticate; permissions: Permissions; targets: readonly Target[] },
): void {
  app.get(
    '/v1/targets',
    {
      schema: {
        summary: 'The databases that this token may connect to',
        security: [{ bearer: [] }],
        response: { 200: Targets, ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await deps.authenticate(request);
      return {
        targets: deps.targets.filter((target) => deps.permissions.may(principal, 'target.see', null, target).allowed),
      };
    },
  );
}
