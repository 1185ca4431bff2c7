import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import cookiePlugin from '@fastify/cookie';
import forms from '@fastify/formbody';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../../contract/clock.ts';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import type { Target } from '../../../contract/words.ts';
import { checkReason } from '../../../elevation/reason.ts';
import type { Stopper } from '../../../ledger/entry/entry.ts';
import type { ElevationRecord, ElevationRecords } from '../../../ledger/read/elevation-records.ts';
import type { People } from '../../../people/people.ts';
import type { Attempts } from '../attempts.ts';
import { makeCookies, visitorOf } from '../console/browser.ts';
import type { ConsoleData } from '../console/data.ts';
import { isForeignPost } from '../console/guard.ts';
import { HttpProblem } from '../problems.ts';
import type { Revoke } from '../../revocation.ts';
import type { StopLinks } from '../stop-links.ts';
import { page, type Shown, STYLE } from './stop-page.ts';

const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'cache-control': 'no-store',
};

const Params = Type.Object({ elevation: Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$' }) });
/** A link that was cut has no key; `all`: it was for all of a pool. */
const Query = Type.Object({
  key: Type.Optional(Type.String({ maxLength: 100 })),
  all: Type.Optional(Type.String({ maxLength: 10 })),
});
const Body = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 1_000 })),
  why: Type.Optional(Type.String({ maxLength: 2_000 })),
  all: Type.Optional(Type.String({ maxLength: 10 })),
});

/** So long the page waits for what came of it, looking so often. */
const PATIENCE_MS = 3_000;
const LOOK_MS = 100;
/** Of one pool. */
const MOST = 1_000;

export interface StopRouteDeps {
  links: StopLinks;
  attempts: Attempts;
  records: ElevationRecords;
  data: Pick<ConsoleData, 'written' | 'client'>;
  targets: readonly Target[];
  revoke: Revoke;
  clock: Clock;
  /** Null where nobody signs in. */
  people: People | null;
  publicUrl: string | null;
}

/** `/stop/:elevation`: what the link in a mail opens. GET asks and does nothing, for mail scanners follow links; POST stops. */
export function stopRoutes(plain: FastifyInstance, deps: StopRouteDeps): void {
  const { links, attempts, records, data, people, publicUrl, clock } = deps;
  const origin = publicUrl === null ? null : new URL(publicUrl).origin;
  const cookies = publicUrl === null ? null : makeCookies(new URL(publicUrl).protocol === 'https:');
  const signedInOnly = () => people?.settings.stop === 'signed-in';

  /** The link's elevation, or null: the same answer for a wrong key and for an elevation that never was. */
  const opened = async (address: string, id: string, key: string): Promise<ElevationRecord | null> => {
    // First: who guesses must not keep others behind the same address from stopping anybody.
    if (links.opens(id, key)) return records.show(id);
    const wait = attempts.refuses(address, key);
    if (wait !== null) throw new HttpProblem('too_many_attempts', undefined, { 'retry-after': String(wait) });
    attempts.failed(address);
    return null;
  };
  /** Who signed in, where this browser says so of a page of ours: nobody stops in another's name. */
  const visitor = async (request: FastifyRequest): Promise<string | null> => {
    if (!people || !cookies || (origin !== null && isForeignPost(request, origin))) return null;
    return (await visitorOf(request, people.sessions, cookies))?.principal.id ?? null;
  };
  const shown = async (record: ElevationRecord): Promise<Shown> => {
    const [written, client] = await Promise.all([data.written([record.id]), data.client(record.session)]);
    const target = deps.targets.find(({ name }) => name === record.target);
    const environment = target?.labels.environment ?? null;
    return { record, environment, client, written: written.get(record.id), now: clock.now() };
  };
  /** The other live ones that its person has there for the same reason: a pool's. */
  const others = async ({ id, principal, target, reason }: ElevationRecord): Promise<ElevationRecord[]> => {
    const live = await records.list({ live: true, principal, target, limit: MOST });
    return live.filter((each) => each.id !== id && each.reason === reason && each.revokedBy === null);
  };
  const ended = async (id: string): Promise<ElevationRecord | null> => {
    for (let waited = 0; ; waited += LOOK_MS) {
      const record = await records.show(id);
      if (record?.state !== 'live' || waited >= PATIENCE_MS) return record;
      await setTimeout(LOOK_MS);
    }
  };

  plain.register((scope, _, ready) => {
    scope.register(cookiePlugin);
    scope.register(forms, { bodyLimit: 16 * 1_024 });
    scope.register((inner, __, done) => {
      routes(inner);
      done();
    });
    ready();
  });

  function routes(scope: FastifyInstance): void {
    const app = scope.withTypeProvider<TypeBoxTypeProvider>();
    const send = (reply: FastifyReply, code: number, text: string) =>
      reply.code(code).headers(HEADERS).type('text/html; charset=utf-8').send(text);
    const confirm = async (record: ElevationRecord, as: string | null, all: boolean, problem: string | null) => {
      const signIn = signedInOnly() && as === null ? `/sign-in?to=/elevations/${encodeURIComponent(record.id)}` : null;
      const more = await others(record);
      return page({ kind: 'confirm', as, signIn, others: more.length, all, problem, ...(await shown(record)) });
    };

    app.get(
      '/stop/:elevation',
      { schema: { hide: true, params: Params, querystring: Query } },
      async (request, reply) => {
        const { ip, params, query } = request;
        if (!query.key) return send(reply, 400, page({ kind: 'cut' }));
        const record = await opened(ip, params.elevation, query.key);
        if (record === null) return send(reply, 404, page({ kind: 'unknown' }));
        if (isOver(record)) return send(reply, 410, page({ kind: 'ended', ...(await shown(record)) }));
        return send(reply, 200, await confirm(record, await visitor(request), query.all !== undefined, null));
      },
    );
    app.post(
      '/stop/:elevation',
      { schema: { hide: true, params: Params, querystring: Query, body: Type.Union([Body, Type.Null()]) } },
      async (request, reply) => {
        const { ip, params, query } = request;
        if (!query.key) return send(reply, 400, page({ kind: 'cut' }));
        const record = await opened(ip, params.elevation, query.key);
        if (record === null) return send(reply, 404, page({ kind: 'unknown' }));
        if (isOver(record)) return send(reply, 410, page({ kind: 'ended', ...(await shown(record)) }));
        const as = await visitor(request);
        const body: Static<typeof Body> = request.body ?? {};
        const all = body.all !== undefined;
        if (signedInOnly() && as === null) return send(reply, 403, await confirm(record, as, all, null));
        const stopper = stopperOf(as, body, ip);
        if ('problem' in stopper) return send(reply, 400, await confirm(record, as, all, stopper.problem));
        const stopped = await stop(record, all, stopper);
        const now = await shown((await ended(record.id)) ?? record);
        if (stopped === 0) return send(reply, 410, page({ kind: 'ended', ...now }));
        return send(reply, 200, page({ kind: 'stopped', stopped, ...now }));
      },
    );
  }

  /** How many of them. */
  async function stop(record: ElevationRecord, all: boolean, stopper: Stopper): Promise<number> {
    const more = all ? await others(record) : [];
    const stopped = await Promise.all([record, ...more].map(({ id }) => deps.revoke(id, stopper)));
    return stopped.filter(Boolean).length;
  }
}

/** Who signed in, or who somebody says that they are: a scanner that submits forms says no name. */
function stopperOf(
  as: string | null,
  { name = '', why = '' }: Static<typeof Body>,
  ip: string,
): Stopper | { problem: string } {
  const said = why.trim() === '' ? null : checkReason(why);
  if (said?.ok === false) return { problem: `Why: ${said.message.replace(/\breason\b/g, 'text')}.` };
  const reason = said?.ok ? { why: said.reason } : {};
  if (as !== null) return { principal: as, ...reason };
  const named = checkReason(name);
  if (!named.ok || named.reason.length > 100) return { problem: 'Say your name: who is stopped is told by whom.' };
  return { operator: `somebody who says they are ${named.reason} (stop link, opened from ${ip})`, ...reason };
}

/** Revoked is over, too: its end is recorded a moment later. */
function isOver(record: ElevationRecord): boolean {
  return record.state === 'ended' || record.revokedBy !== null;
}
