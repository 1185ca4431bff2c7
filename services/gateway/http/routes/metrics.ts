import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import type { Host } from '../../processes/host.ts';
import { HttpProblem } from '../problems.ts';

/** `/metrics` in Prometheus's text format. `tokenNow`: asked for as a bearer token when configured. */
export function metricsRoute(app: FastifyInstance, health: Pick<Host, 'metrics'>, tokenNow: () => string | null): void {
  app.get(
    '/metrics',
    { logLevel: 'warn', schema: { summary: 'Metrics for Prometheus', produces: ['text/plain'] } },
    async (request, reply) => {
      const token = tokenNow();
      if (token !== null && !same(request.headers.authorization ?? '', `Bearer ${token}`)) {
        throw new HttpProblem('unauthorized', 'Metrics ask for the token of the configuration.');
      }
      return reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(await health.metrics());
    },
  );
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
