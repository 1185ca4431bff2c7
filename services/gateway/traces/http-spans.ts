// Requests of the HTTP side as spans: by their route's pattern. A path may hold what is nobody's business, a stop link's key among it.
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../contract/clock.ts';
import type { Tracer } from './tracer.ts';

/** Asked every few seconds by machines. */
const UNTOLD = new Set(['/livez', '/readyz', '/metrics']);

export function makeHttpSpans(tracer: Tracer, clock: Clock): (app: FastifyInstance) => void {
  return (app) => {
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url;
      const trace = route !== undefined && UNTOLD.has(route) ? null : tracer.begin();
      if (trace === null) return;
      tracer.tell({
        ...{ trace, parent: null, kind: 'server', failed: reply.statusCode >= 500 },
        name: `${request.method} ${route ?? 'no route'}`,
        endedAt: clock.now().getTime(),
        milliseconds: reply.elapsedTime,
        attributes: {
          'http.request.method': request.method,
          'http.route': route ?? null,
          'http.response.status_code': reply.statusCode,
        },
      });
    });
  };
}
