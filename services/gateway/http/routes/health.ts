import type { FastifyInstance } from 'fastify';
import { Type } from '../../../contract/typebox/typebox.js';
import type { Host } from '../../processes/host.ts';

const orNull = Type.Union([Type.String(), Type.Null()]);
const Part = Type.Object({ ready: Type.Boolean(), detail: orNull, revision: Type.Optional(orNull) });
const Ready = Type.Object({ ready: Type.Boolean(), parts: Type.Record(Type.String(), Part) });

/** `/livez`: the process answers. `/readyz`: every part is ready, or which is not. Both without a token. */
export function healthRoutes(app: FastifyInstance, health: Pick<Host, 'readiness'>): void {
  app.get(
    '/livez',
    {
      logLevel: 'warn',
      schema: { summary: 'Is the process alive?', response: { 200: Type.Object({ alive: Type.Boolean() }) } },
    },
    () => ({ alive: true }),
  );
  app.get(
    '/readyz',
    {
      logLevel: 'warn',
      schema: { summary: 'Is every part ready, and if not, which?', response: { 200: Ready, 503: Ready } },
    },
    async (_, reply) => {
      const state = await health.readiness();
      return reply.code(state.ready ? 200 : 503).send(state);
    },
  );
}
