// The console: pages for people who signed in, served beside the API where `sign_in` is configured. Rendered here, whole without script.
// A page is a file under pages/: it takes `app` and these deps, and is named below; its place in the navigation is in layout.ts.
import cookiePlugin from '@fastify/cookie';
import forms from '@fastify/formbody';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../contract/clock.ts';
import type { Target } from '../../../contract/words.ts';
import type { ElevationRecords } from '../../../ledger/read/elevation-records.ts';
import type { Tokens } from '../../../ledger/tokens/tokens.ts';
import type { People } from '../../../people/people.ts';
import type { Host } from '../../processes/host.ts';
import type { Rates } from '../../processes/rates.ts';
import type { Revoke } from '../../revocation.ts';
import type { Remarks } from '../../../elevation/remarks.ts';
import type { Requests } from '../../../elevation/requests/requests.ts';
import type { Revisions } from '../../../policy/source/revisions.ts';
import type { GoBack } from '../../policy/go-back.ts';
import type { PolicyAnswerDeps } from '../answer-policy.ts';
import type { Permissions } from '../permissions.ts';
import type { RequestView } from '../request-facts.ts';
import { HttpProblem } from '../problems.ts';
import { tooOften } from '../too-often.ts';
import type { ConsoleData } from './data.ts';
import { assetRoutes } from './assets.ts';
import { type Cookies, makeCookies, visitorOf } from './browser.ts';
import { handlePageProblems } from './page-problems.ts';
import { refuseForeignPost } from './guard.ts';
import { elevationPages } from './pages/elevations.ts';
import { noticePages } from './pages/notices.ts';
import { policyPages } from './pages/policy.ts';
import { policyBackPages } from './pages/policy-back.ts';
import { recordPages } from './pages/record.ts';
import { healthPage } from './pages/health.ts';
import { livePages } from './pages/live.ts';
import { loginPages } from './pages/login.ts';
import { mePages } from './pages/me.ts';
import { nowPages } from './pages/now.ts';
import { requestPages } from './pages/requests.ts';
import { signInPages } from './pages/sign-in.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A page for whoever is not signed in, too. */
    open?: boolean;
  }
}

export interface ConsoleDeps {
  people: People;
  /** As configured, without a slash at its end. */
  publicUrl: string;
  permissions: Permissions;
  records: ElevationRecords;
  data: ConsoleData;
  remarks: Remarks;
  revisions: Pick<Revisions, 'history'>;
  /** Of the policy that is in force here; null when there is none. */
  revision: () => string | null;
  policyRequests: Omit<PolicyAnswerDeps, 'permissions'>;
  /** Null where the policy comes from files. */
  goBack: GoBack | null;
  revoke: Revoke;
  requests: Requests;
  requestView: RequestView;
  tokens: Pick<Tokens, 'list' | 'revoke'>;
  targets: readonly Target[];
  /** Of all processes of this host as one. */
  health: Pick<Host, 'readiness'>;
  /** Where what comes too often is counted; null: in this process. */
  rates: Rates | null;
  clock: Clock;
}

/** What pages get beside what they show. */
export interface PageDeps extends ConsoleDeps {
  cookies: Cookies;
}

/** What browsers may load and send, on every page. */
export const POLICY = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'script-src': ["'self'"],
  'connect-src': ["'self'"],
  'img-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Adds the pages to `plain`, in scopes of their own: nothing of it concerns the API. */
export function consoleRoutes(plain: FastifyInstance, deps: ConsoleDeps): void {
  const cookies = makeCookies(new URL(deps.publicUrl).protocol === 'https:');
  plain.register((app, _, done) => {
    // Pages are no part of the API's description.
    app.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    app.register(helmet, {
      contentSecurityPolicy: { useDefaults: false, directives: POLICY },
      referrerPolicy: { policy: 'same-origin' },
      strictTransportSecurity: { includeSubDomains: false },
      xFrameOptions: { action: 'deny' },
    });
    app.register((scope, __, ready) => {
      assetRoutes(scope);
      ready();
    });
    app.register((scope, __, ready) => {
      pages(scope, { ...deps, cookies });
      ready();
    });
    done();
  });
}

function pages(app: FastifyInstance, deps: PageDeps): void {
  const { origin } = new URL(deps.publicUrl);
  app.register(cookiePlugin);
  app.register(forms, { bodyLimit: 16 * 1_024 });
  app.register(rateLimit, tooOften(deps.rates));
  app.decorateRequest('visitor', null);
  handlePageProblems(app);
  app.register((scope, _, ready) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      refuseForeignPost(request, origin);
      request.visitor = await visitorOf(request, deps.people.sessions, deps.cookies);
      if (request.visitor || request.routeOptions.config.open) return;
      if (request.method !== 'GET') throw new HttpProblem('sign_in_needed');
      return reply.redirect(`/sign-in?to=${encodeURIComponent(request.url)}`, 303);
    });
    signInPages(scope, deps);
    const now = nowPages(scope, deps);
    elevationPages(scope, deps);
    const requests = requestPages(scope, deps);
    livePages(scope, deps, { now, requests });
    recordPages(scope, deps);
    policyPages(scope, deps);
    policyBackPages(scope, deps);
    noticePages(scope, deps);
    mePages(scope, deps);
    loginPages(scope, deps);
    healthPage(scope, deps);
    ready();
  });
}
