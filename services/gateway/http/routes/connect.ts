import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { Authenticated } from '../../../ledger/tokens/tokens.ts';
import type { Authenticate } from '../authenticate.ts';
import { HttpProblem } from '../problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on `/v1/connect` before the upgrade. */
    who: Authenticated | null;
  }
}

export interface ConnectRouteDeps {
  authenticate: Authenticate;
  /** Web origins that may connect. Browsers always send theirs; the REPL sends none. */
  origins: readonly string[];
  /** Takes the socket over: PostgreSQL's protocol from here on. */
  connect(socket: WebSocket, who: Authenticated, clientAddress: string): void;
}

/** `/v1/connect`: PostgreSQL's protocol inside a WebSocket, for a bearer token. */
export function connectRoute(app: FastifyInstance, deps: ConnectRouteDeps): void {
  app.decorateRequest('who', null);
  app.get(
    '/v1/connect',
    {
      websocket: true,
      preValidation: async (request) => {
        const { origin } = request.headers;
        if (origin !== undefined && !deps.origins.includes(origin)) throw new HttpProblem('origin_refused');
        request.who = await deps.authenticate(request);
      },
    },
    (socket, request) => {
      if (request.who === null) {
        socket.terminate();
        return;
      }
      deps.connect(socket, request.who, request.ip);
    },
  );
}
