// What the HTTP side does when what is behind it fails: failures that a running gateway cannot be made to have on demand.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { systemClock } from '../../contract/clock.ts';
import type { AdminInput } from '../../policy/decision.ts';
import { type AppDeps, makeApp } from './app.ts';
import { makeLog } from '../log.ts';
import { makeReadiness, type Readiness } from '../health/readiness.ts';

const SECRET_TEXT = 'Key (email)=(grace@example.com) already exists.';
const fail = async (): Promise<never> => {
  throw Object.assign(new Error(SECRET_TEXT), { code: '23505' });
};
const ana = {
  principal: { id: 'ana', email: null, groups: ['dev'], kind: 'human' as const, elevate: 'in-band' as const },
  token: 'tok_1',
  expiresAt: new Date(Date.now() + 60_000),
};

/** An app whose parts all work but for those that a test replaces. */
const healthOf = (readiness: Readiness) => ({ readiness: () => readiness.state(), metrics: async () => '' });

async function appWith(more: Partial<AppDeps>): Promise<{ app: FastifyInstance; log: () => string }> {
  const written = new PassThrough();
  const deps = {
    log: makeLog('info', written),
    clock: systemClock,
    tokens: { bearer: async () => ana },
    policy: {
      admin: (_: AdminInput) => ({
        ok: true,
        decision: { allow: true, reasons: [] },
        revision: 'r',
        microseconds: 1,
        lasting: false,
      }),
    },
    ledger: { keep: () => 'hash', queue: () => {} },
    records: { list: async () => [], show: async () => null },
    health: healthOf(makeReadiness()),
    rates: null,
    metricsToken: () => null,
    stopLinks: { link: () => null, opens: () => false },
    targets: [{ name: 'shop', labels: {} }],
    trustProxy: [],
    origins: [],
    people: null,
    publicUrl: null,
    wire: () => ({ host: '127.0.0.1', port: 7432, tls: false }),
    revoke: async () => true,
    activate: null,
    policyRequests: { requests: async () => [], answer: async () => ({ kind: 'unknown' }) },
    connect: () => {},
    ...more,
  } as unknown as AppDeps;
  return { app: await makeApp(deps), log: () => String(written.read() ?? '') };
}
const bearer = { authorization: 'Bearer sudoql_x' };

test('a fault behind a route is a code and a request id; the log has its message under that id, without its values', async (t) => {
  const { app, log } = await appWith({ records: { list: fail } as never });
  t.after(() => app.close());
  const answer = await app.inject({ url: '/v1/elevations', headers: bearer });
  assert.equal(answer.statusCode, 500);
  assert.deepEqual(Object.keys(answer.json()).sort(), ['code', 'request_id']);
  assert.equal(answer.json().code, 'fault');
  assert.ok(log().includes(answer.json().request_id));
});

test('what no name or id can be is refused before the ledger is asked, in the one form that refusals have', async (t) => {
  const asked: string[] = [];
  const records = { list: async () => asked.push('list'), show: async () => asked.push('show') };
  const { app } = await appWith({ records: records as never });
  t.after(() => app.close());
  for (const path of ['?principal=%00', '?target=a%00', '/%00', '/a%ff']) {
    const answer = await app.inject({ url: `/v1/elevations${path}`, headers: bearer });
    assert.equal(answer.statusCode, 400, path);
    assert.equal(answer.json().code, 'invalid_request', path);
    assert.ok(answer.json().request_id);
  }
  assert.equal(
    (await app.inject({ method: 'POST', url: '/v1/elevations/%00/revoke', headers: bearer })).statusCode,
    400,
  );
  assert.deepEqual(asked, []);
});

test('what Fastify itself refuses is the fault of who sent it, whatever the refusal', async (t) => {
  const { app } = await appWith({ records: { list: async () => [], show: async () => null } as never });
  t.after(() => app.close());
  const json = { ...bearer, 'content-type': 'application/json' };
  const refused: [what: string, status: number, code: string, request: InjectOptions][] = [
    ['a path that is too long', 413, 'too_large', { url: `/v1/elevations/${'a'.repeat(300)}` }],
    ['a path of very many parts', 404, 'not_found', { url: `/v1${'/a'.repeat(2_000)}` }],
    ['a method that no route has', 404, 'not_found', { method: 'DELETE', url: '/v1/me' }],
    [
      'a type that is not read',
      415,
      'unsupported_media_type',
      {
        method: 'POST',
        url: '/v1/elevations/e/revoke',
        headers: { ...bearer, 'content-type': 'text/csv' },
        payload: 'a',
      },
    ],
    [
      'a type that is none',
      415,
      'unsupported_media_type',
      { method: 'POST', url: '/v1/elevations/e/revoke', headers: { ...bearer, 'content-type': ';;;' }, payload: 'a' },
    ],
    [
      'a body that is none',
      400,
      'invalid_request',
      { method: 'POST', url: '/v1/elevations/e/revoke', headers: json, payload: '{' },
    ],
    [
      'a body for a prototype',
      400,
      'invalid_request',
      { method: 'POST', url: '/v1/elevations/e/revoke', headers: json, payload: '{"__proto__":{}}' },
    ],
    [
      'an empty body',
      400,
      'invalid_request',
      { method: 'POST', url: '/v1/elevations/e/revoke', headers: json, payload: '' },
    ],
  ];
  for (const [what, status, code, request] of refused) {
    const answer = await app.inject({ headers: bearer, ...request });
    assert.deepEqual([answer.statusCode, answer.json().code], [status, code], what);
  }
});

test('a ledger that cannot look up a token is 503, not a wrong token', async (t) => {
  const { app } = await appWith({ tokens: { bearer: fail } as never });
  t.after(() => app.close());
  const answer = await app.inject({ url: '/v1/me', headers: bearer });
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json().code, 'not_ready');
  assert.doesNotMatch(answer.body, /grace/);
});

test('promise 3: a policy that cannot decide shows nothing and permits nothing', async (t) => {
  const record = {
    id: 'elv_1',
    session: 's',
    principal: 'ana',
    target: 'shop',
    reason: 'why',
    by: 'in-band',
    startedAt: new Date(),
    deadline: new Date(),
    state: 'live',
    revokedBy: null,
    endedAt: null,
    why: null,
  };
  let revoked = 0;
  const { app } = await appWith({
    policy: { admin: () => ({ ok: false, fault: 'no policy', revision: null }) } as never,
    records: { pairs: async () => [record], list: async () => [record], show: async () => record } as never,
    revoke: async () => {
      revoked++;
      return true;
    },
  });
  t.after(() => app.close());
  assert.deepEqual((await app.inject({ url: '/v1/targets', headers: bearer })).json(), { targets: [] });
  assert.deepEqual((await app.inject({ url: '/v1/elevations', headers: bearer })).json(), {
    elevations: [],
    next: null,
  });
  const revoke = await app.inject({ method: 'POST', url: '/v1/elevations/elv_1/revoke', headers: bearer });
  assert.equal(revoke.statusCode, 404);
  assert.equal(revoked, 0);
});

test('a part that is not ready is 503 on /readyz, while /livez is well', async (t) => {
  const readiness = makeReadiness();
  readiness.part('ledger', () => ({ ready: false, detail: 'it does not answer' }));
  const { app } = await appWith({ health: healthOf(readiness) });
  t.after(() => app.close());
  const answer = await app.inject({ url: '/readyz' });
  assert.equal(answer.statusCode, 503);
  assert.deepEqual(answer.json().parts.ledger, { ready: false, detail: 'it does not answer' });
  assert.equal((await app.inject({ url: '/livez' })).statusCode, 200);
});

test('metrics ask for their token when one is configured', async (t) => {
  const { app } = await appWith({ metricsToken: () => 'for-prometheus' });
  t.after(() => app.close());
  const status = async (authorization?: string) =>
    (await app.inject({ url: '/metrics', headers: authorization === undefined ? {} : { authorization } })).statusCode;
  assert.equal(await status(), 401);
  assert.equal(await status('Bearer for-prometheuS'), 401);
  assert.equal(await status('Bearer for-prometheus'), 200);
});

test('X-Forwarded-For counts only when it comes from a proxy that is configured', async (t) => {
  let seen = '';
  const tokens = { bearer: async () => null } as never;
  const addresses = async (trustProxy: string[]): Promise<number> => {
    const { app, log } = await appWith({ tokens, trustProxy });
    t.after(() => app.close());
    let status = 0;
    for (let i = 0; i < 25; i++) {
      const headers = { ...bearer, 'x-forwarded-for': `203.0.113.${i}` };
      status = (await app.inject({ url: '/v1/me', headers, remoteAddress: '127.0.0.1' })).statusCode;
    }
    seen = log();
    return status;
  };
  assert.equal(await addresses([]), 429, 'who claims another address each time is still one');
  assert.match(seen, /"address":"127\.0\.0\.1"/);
  assert.equal(await addresses(['127.0.0.1']), 401, 'behind the ingress they are many');
});

test('promise 5: whoever guesses tokens or keys keeps nobody at the same address from stopping by link', async (t) => {
  const record = {
    id: 'elv_1',
    principal: 'ana',
    target: 'shop',
    reason: 'why',
    state: 'live',
    startedAt: new Date(),
    deadline: new Date(),
    revokedBy: null,
  };
  let revoked = 0;
  const { app } = await appWith({
    tokens: { bearer: async () => null } as never,
    stopLinks: { link: () => null, opens: (id, key) => id === 'elv_1' && key === 'right' },
    records: {
      list: async () => [],
      show: async () => ({
        ...record,
        state: revoked > 0 ? 'ended' : 'live',
        endedAt: revoked > 0 ? new Date() : null,
      }),
    } as never,
    data: { written: async () => new Map(), client: async () => null } as never,
    revoke: async () => ++revoked > 0,
  });
  t.after(() => app.close());
  for (let n = 0; n < 15; n++) await app.inject({ url: '/v1/me', headers: bearer });
  for (let n = 0; n < 15; n++) await app.inject({ url: '/stop/elv_1?key=wrong' });
  assert.equal((await app.inject({ url: '/stop/elv_1?key=wrong' })).statusCode, 429);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const stop = { method: 'POST', url: '/stop/elv_1?key=right', headers: form, payload: 'name=Dan' } as const;
  assert.equal((await app.inject(stop)).statusCode, 200);
  assert.equal(revoked, 1);
});

test('promise 10: the key of a stop link is not in the log', async (t) => {
  const { app, log } = await appWith({});
  t.after(() => app.close());
  await app.inject({ url: '/stop/elv_1?key=very-secret-key' });
  const text = log();
  assert.match(text, /\/stop\/elv_1/);
  assert.doesNotMatch(text, /very-secret-key/);
});
