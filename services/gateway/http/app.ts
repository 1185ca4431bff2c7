// The HTTP side: health, metrics, the API, and the WebSocket that carries sessions.
import { randomUUID } from 'node:crypto';
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { Clock } from '../../contract/clock.ts';
import type { Target } from '../../contract/words.ts';
import type { ElevationRecords } from '../../ledger/read/elevation-records.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Authenticated, Tokens } from '../../ledger/tokens/tokens.ts';
import type { People } from '../../people/people.ts';
import type { Policy } from '../../policy/decision.ts';
import { makeAttempts, type OtherAttempts } from './attempts.ts';
import { makeAuthenticate } from './authenticate.ts';
import { type ConsoleDeps, consoleRoutes } from './console/console.ts';
import { readJsonAsUtf8 } from './json-body.ts';
import { makePermissions } from './permissions.ts';
import { handleProblems, refuseUnrouted } from './problems.ts';
import type { Remarks } from '../../elevation/remarks.ts';
import type { Requests } from '../../elevation/requests/requests.ts';
import type { Log } from '../log.ts';
import { connectRoute } from './routes/connect.ts';
import { loggedOutRoute } from './routes/logged-out.ts';
import { loginRoutes } from './routes/login.ts';
import { elevationRoutes } from './routes/elevations.ts';
import { healthRoutes } from './routes/health.ts';
import { requestRoutes } from './routes/requests.ts';
import { makeRequestView } from './request-facts.ts';
import { type PolicyRequestRouteDeps, policyRequestRoutes } from './routes/policy-requests.ts';
import { policyRoutes } from './routes/policies.ts';
import { meRoute, type Wire } from './routes/me.ts';
import { ledgerRoute } from './routes/ledger.ts';
import { metricsRoute } from './routes/metrics.ts';
import { stopRoutes } from './routes/stop.ts';
import { targetsRoute } from './routes/targets.ts';
import type { Activate } from '../policy/activation.ts';
import type { GoBack } from '../policy/go-back.ts';
import type { Revisions } from '../../policy/source/revisions.ts';
import type { Rates } from '../processes/rates.ts';
import type { Host } from '../processes/host.ts';
import type { Revoke } from '../revocation.ts';
import type { StopLinks } from './stop-links.ts';
import { VERSION } from '../version.ts';

export interface AppDeps {
  log: Log;
  clock: Clock;
  tokens: Tokens;
  policy: Policy;
  records: ElevationRecords;
  /** For decisions about what is not a statement. */
  ledger: Pick<Ledger, 'keep' | 'queue'>;
  /** Of all processes of this host as one. */
  health: Pick<Host, 'readiness' | 'metrics'>;
  /** Where what comes too often is counted for all of them; null: in this process. */
  rates: Rates | null;
  otherAttempts?: OtherAttempts;
  metricsToken: () => string | null;
  stopLinks: StopLinks;
  targets: readonly Target[];
  trustProxy: string[];
  origins: readonly string[];
  revoke: Revoke;
  heads(): Promise<{ heads: { chain: string; seq: number; hash: string }[]; chains: number }>;
  requests: Requests;
  revisions: Revisions;
  /** Null when policies are not activated in the database. */
  activate: Activate | null;
  /** Null likewise. */
  goBack: GoBack | null;
  /** Null where nobody signs in: there is no console. */
  people: People | null;
  publicUrl: string | null;
  wire: () => Wire;
  data: ConsoleDeps['data'];
  remarks: Remarks;
  policyRequests: Pick<PolicyRequestRouteDeps, 'requests' | 'answer'>;
  /** Sees its requests; left out where nothing is traced. */
  trace?: ((app: FastifyInstance) => void) | undefined;
  connect(socket: WebSocket, who: Authenticated, clientAddress: string): void;
}

/** Bytes. No route needs more. */
const BODY_LIMIT = 64 * 1_024;
const MESSAGE_LIMIT = 1_024 ** 2;
/** For a whole request, from its first byte or the connection's beginning. */
const REQUEST_MS = 10_000;

const CONNECT_PATH = {
  get: {
    summary: 'A session: PostgreSQL’s protocol inside a WebSocket, its bytes in binary messages',
    description:
      'The startup packet’s user must be the token’s. Browsers are refused unless their origin is configured.',
    security: [{ bearer: [] }],
    responses: {
      101: { description: 'The session begins with the client’s StartupMessage' },
      401: { description: 'No good token' },
      403: { description: 'A web page that is not permitted' },
    },
  },
};

/** Builds the app; the caller listens and closes. */
export async function makeApp(deps: AppDeps): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: deps.log.child({}, { serializers: { req: describeRequest } }) as FastifyBaseLogger,
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    // Node would look every thirty seconds only, and give a header a minute.
    http: { headersTimeout: REQUEST_MS, connectionsCheckingInterval: 1_000 },
    connectionTimeout: 0,
    forceCloseConnections: true,
    frameworkErrors: refuseUnrouted,
    routerOptions: { maxParamLength: 200 },
    trustProxy: deps.trustProxy.length > 0 ? deps.trustProxy : false,
    ajv: { customOptions: { removeAdditional: false, allErrors: false } },
  });
  handleProblems(app);
  deps.trace?.(app);
  readJsonAsUtf8(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  await app.register(swagger, {
    openapi: {
      info: { title: 'sudoql gateway', version: VERSION, description: 'sudo for production SQL' },
      // Left out by the plugin, because it is a WebSocket.
      paths: { '/v1/connect': CONNECT_PATH },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  await app.register(websocket, { options: { maxPayload: MESSAGE_LIMIT, perMessageDeflate: false } });

  const attempts = makeAttempts(deps.clock, deps.otherAttempts);
  const authenticate = makeAuthenticate(deps.tokens, attempts);
  const permissions = makePermissions(deps.policy, deps.clock, deps.ledger);
  const { records, revoke, targets } = deps;
  const view = makeRequestView({ requests: deps.requests, records, permissions });
  app.register((routes, _, done) => {
    healthRoutes(routes, deps.health);
    metricsRoute(routes, deps.health, deps.metricsToken);
    meRoute(routes, authenticate, deps.wire);
    ledgerRoute(routes, { authenticate, heads: deps.heads });
    targetsRoute(routes, { authenticate, permissions, targets });
    policyRequestRoutes(routes, { authenticate, permissions, ...deps.policyRequests });
    policyRoutes(routes, { authenticate, permissions, revisions: deps.revisions, activate: deps.activate });
    elevationRoutes(routes, { authenticate, permissions, records, targets, revoke });
    requestRoutes(routes, { authenticate, requests: deps.requests, view });
    const { tokens, people, publicUrl, rates, data, clock } = deps;
    stopRoutes(routes, { links: deps.stopLinks, attempts, records, data, targets, revoke, clock, people, publicUrl });
    loginRoutes(routes, { authenticate, tokens, people, publicUrl, rates });
    if (deps.people) loggedOutRoute(routes, deps.people);
    if (deps.people && deps.publicUrl !== null)
      consoleRoutes(routes, {
        ...deps,
        people: deps.people,
        publicUrl: deps.publicUrl,
        permissions,
        requestView: view,
        revision: () => deps.policy.revision,
      });
    connectRoute(routes, { authenticate, origins: deps.origins, connect: deps.connect });
    routes.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
    done();
  });
  await app.ready();
  return app;
}

/** What the log says of a request: never its query, for a stop link's key is in it. */
function describeRequest(request: { method?: string; url?: string; ip?: string }): object {
  return { method: request.method, path: request.url?.split('?')[0], address: request.ip };
}
