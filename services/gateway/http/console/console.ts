// The console: pages for people who signed in, served beside the API where `sign_in` is configured. Rendered here, whole without script.
// A page is a file under pages/: it takes `app` and these deps, and is named below; its place in the navigation is in layout.ts.
import cookies from '@fastify/cookie';
import forms from '@fastify/formbody';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../contract/clock.ts';
import type { Target } from '../../../contract/words.ts';
import type { ElevationRecords } from '../../../ledger/read/elevation-records.ts';
import type { Tokens } from '../../../ledger/tokens/tokens.ts';
import type { People } from '../../../people/people.ts';
import type { Readiness } from '../../health/readiness.ts';
import type { Revoke } from '../../revocation.ts';
import type { Permissions } from '../permissions.ts';
import { HttpProblem } from '../problems.ts';
import { assetRoutes } from './assets.ts';
import { type Cookies, makeCookies, visitorOf } from './browser.ts';
import { handlePageProblems } from './page-problems.ts';
import { refuseForeignPost } from './guard.ts';
import { healthPage } from './pages/health.ts';
import { mePages } from './pages/me.ts';
import { nowPages } from './pages/now.ts';
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
  revoke: Revoke;
  tokens: Pick<Tokens, 'list' | 'revoke'>;
  targets: readonly Target[];
  readiness: Readiness;
  clock: Clock;
}

/** What pages get beside what they show. */
export interface PageDeps extends ConsoleDeps {
  cookies: Cookies;
}

const POLICY = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'script-src': ["'self'"],
  'connect-src': ["'self'"],
  'img-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Adds the pages to `plain`, in a scope of their own: nothing of it concerns the API. */
export function consoleRoutes(plain: FastifyInstance, consoleDeps: ConsoleDeps): void {
  const { people, publicUrl } = consoleDeps;
  const { origin, protocol } = new URL(publicUrl);
  const deps: PageDeps = { ...consoleDeps, cookies: makeCookies(protocol === 'https:') };
  plain.register(async (app) => {
    // Pages are no part of the API's description.
    app.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    await app.register(helmet, {
      contentSecurityPolicy: { useDefaults: false, directives: POLICY },
      referrerPolicy: { policy: 'same-origin' },
      strictTransportSecurity: { includeSubDomains: false },
      xFrameOptions: { action: 'deny' },
    });
    await app.register(assets);
    await app.register(async (pages) => {
      await pages.register(cookies);
      await pages.register(forms, { bodyLimit: 16 * 1_024 });
      await pages.register(rateLimit, {
        global: false,
        errorResponseBuilder: () => new HttpProblem('too_many_attempts'),
      });
      pages.decorateRequest('visitor', null);
      handlePageProblems(pages);
      pages.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        refuseForeignPost(request, origin);
        request.visitor = await visitorOf(request, people.sessions, deps.cookies);
        if (request.visitor || request.routeOptions.config.open) return;
        if (request.method !== 'GET') throw new HttpProblem('sign_in_needed');
        return reply.redirect(`/sign-in?to=${encodeURIComponent(request.url)}`, 303);
      });
      signInPages(pages, deps);
      nowPages(pages, deps);
      mePages(pages, deps);
      healthPage(pages, deps);
    });
  });
}

async function assets(app: FastifyInstance): Promise<void> {
  assetRoutes(app);
}
