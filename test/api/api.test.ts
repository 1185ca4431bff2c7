// The HTTP API as its users see it, on the running demo.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Demo, startDemo } from '../helpers/demo.ts';
import { Browser } from '../people/browser.ts';
import { promlint } from '../helpers/promlint.ts';
import { until, within } from '../helpers/until.ts';

let demo: Demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.stop());

interface Elevation {
  id: string;
  principal: string;
  reason: string | null;
  state: string;
  why_ended: string | null;
  revoked_by: string | null;
}

async function ask<T>(
  user: string | null,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: T; headers: Headers }> {
  const authorization: Record<string, string> = user === null ? {} : { authorization: `Bearer ${demo.tokens[user]}` };
  const answer = await fetch(`${demo.http}${path}`, { ...init, headers: { ...init.headers, ...authorization } });
  const text = await answer.text();
  return {
    status: answer.status,
    body: (text.startsWith('{') ? JSON.parse(text) : text) as T,
    headers: answer.headers,
  };
}
const elevations = async (user: string, query = '?state=live') =>
  (await ask<{ elevations: Elevation[] }>(user, `/v1/elevations${query}`)).body.elevations;

test('/v1/me says who a token is, and never the token', async () => {
  const { body } = await ask<{ principal: object; token: { id: string } }>('ana', '/v1/me');
  assert.deepEqual(body.principal, {
    id: 'ana',
    email: 'ana@example.com',
    groups: ['dev'],
    kind: 'human',
    elevate: 'in-band',
  });
  assert.match(body.token.id, /^tok_/);
  assert.ok(!JSON.stringify(body).includes(demo.tokens.ana ?? '?'));
});

test('/v1/targets lists what this token may connect to, with labels and nothing of the connection', async () => {
  const { body } = await ask<{ targets: object[] }>('ana', '/v1/targets');
  assert.deepEqual(body, { targets: [{ name: 'shop', labels: { environment: 'production' } }] });
});

test('who may see whose reason and stop whom is policy’s to say', async () => {
  const client = await demo.connect();
  await client.query("SELECT sudo('a private matter')");
  const reasonFor = async (user: string) => (await elevations(user)).find(({ principal }) => principal === 'ana');
  assert.equal((await reasonFor('ana'))?.reason, 'a private matter');
  assert.equal((await reasonFor('sec'))?.reason, 'a private matter');
  const seenByBen = await reasonFor('ben');
  assert.equal(seenByBen?.reason ?? null, null, 'a colleague may see that, not why');

  const id = (await reasonFor('ana'))?.id;
  const stop = (user: string) => ask<{ code: string }>(user, `/v1/elevations/${id}/revoke`, { method: 'POST' });
  for (const user of ['ben', 'app', 'robot']) {
    const { status } = await stop(user);
    assert.ok(status === 403 || status === 404, `${user}: ${status}`);
  }
  assert.equal((await client.query('SHOW sudoql.mode')).rows[0]['sudoql.mode'], 'write');
  assert.equal((await stop('ana')).status, 200, 'her own she may stop');
  await within(
    1_000,
    'it is back in read',
    async () => (await client.query('SHOW sudoql.mode')).rows[0]['sudoql.mode'] === 'read',
  );
  const ended = await until('it has ended', async () => {
    const { body } = await ask<Elevation>('sec', `/v1/elevations/${id}`);
    return body.state === 'ended' ? body : null;
  });
  assert.equal(ended.why_ended, 'revoked');
  assert.equal(ended.revoked_by, 'ana');
  assert.deepEqual((await stop('sec')).body.code, 'already_ended');
});

test('a filter that is not understood, an unknown field and an unknown elevation are refused in words', async () => {
  const queries = ['?limit=0', '?limit=many', '?state=maybe', '?user=ana', '?since=yesterday', '?after=x'];
  for (const query of [...queries, `?after=${Buffer.from('["x","y",1]').toString('base64url')}`]) {
    const { status, body } = await ask<{ code: string; message: string }>('sec', `/v1/elevations${query}`);
    assert.equal(status, 400, query);
    assert.equal(body.code, 'invalid_request');
  }
  for (const id of ['elv_nothing', encodeURIComponent("' OR 1=1 --"), 'x'.repeat(150)]) {
    const { status } = await ask('sec', `/v1/elevations/${id}`);
    assert.ok(status === 404 || status === 400, `${id}: ${status}`);
  }
});

test('elevations are paged, newest first, within a time', async () => {
  const since = new Date().toISOString();
  const client = await demo.connect();
  for (const reason of ['page one', 'page two', 'page three']) {
    await client.query(`SELECT sudo('${reason}')`);
    await client.query('SELECT unsudo()');
  }
  const seen: (string | null)[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const query: string = `?since=${since}&principal=ana&limit=1${next === '' ? '' : `&after=${next}`}`;
    const { status, body } = await ask<{ elevations: Elevation[]; next: string | null }>(
      'ana',
      `/v1/elevations${query}`,
    );
    assert.equal(status, 200);
    seen.push(...body.elevations.map(({ reason }) => reason));
    next = body.next;
  }
  assert.deepEqual(seen, ['page three', 'page two', 'page one']);
  assert.deepEqual(await elevations('ana', `?until=${since}&since=${since}`), []);
});

test('without a token, with a wrong one, and with one in another form: 401 with a challenge and a request id', async () => {
  for (const authorization of [
    undefined,
    'Bearer',
    'Bearer x',
    `Basic ${Buffer.from('ana:x').toString('base64')}`,
    `Bearer ${'x'.repeat(9_000)}`,
  ]) {
    const answer = await fetch(`${demo.http}/v1/me`, authorization === undefined ? {} : { headers: { authorization } });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
    const body = (await answer.json()) as { code: string; request_id: string };
    assert.equal(body.code, 'unauthorized');
    assert.equal(body.request_id, answer.headers.get('x-request-id'));
  }
});

test('/readyz names every part; /livez, /openapi.json and /metrics need no token', async () => {
  const ready = await ask<{ ready: boolean; parts: Record<string, { ready: boolean }> }>(null, '/readyz');
  assert.equal(ready.status, 200);
  assert.deepEqual(Object.keys(ready.body.parts).sort(), [
    'clock',
    'gateway',
    'ledger',
    'name',
    'notices',
    'policy',
    'target shop',
  ]);
  assert.equal((await ask(null, '/livez')).status, 200);
  const { body: openapi } = await ask<{ paths: Record<string, unknown> }>(null, '/openapi.json');
  assert.deepEqual(Object.keys(openapi.paths).sort(), [
    '/livez',
    '/metrics',
    '/readyz',
    '/v1/connect',
    '/v1/elevations',
    '/v1/elevations/{id}',
    '/v1/elevations/{id}/review',
    '/v1/elevations/{id}/revoke',
    '/v1/ledger/head',
    '/v1/login/device',
    '/v1/login/device/token',
    '/v1/login/token',
    '/v1/logout',
    '/v1/me',
    '/v1/policies',
    '/v1/policies/requests',
    '/v1/policies/requests/{id}/approve',
    '/v1/policies/requests/{id}/deny',
    '/v1/policies/{revision}',
    '/v1/requests',
    '/v1/requests/{id}',
    '/v1/requests/{id}/approve',
    '/v1/requests/{id}/deny',
    '/v1/requests/{id}/withdraw',
    '/v1/reviews',
    '/v1/targets',
  ]);
  const client = await demo.connect();
  await client.query('SELECT count(*) FROM orders');
  await assert.rejects(client.query('DELETE FROM orders'));
  // Reads are counted when they are recorded, a moment later.
  const metrics = await until('the read is counted', async () => {
    const { body } = await ask<string>(null, '/metrics');
    return /^sudoql_statements_total\{mode="read"\} [1-9]/m.test(body) ? body : null;
  });
  assert.deepEqual(promlint(metrics), []);
  for (const expected of [
    /^sudoql_sessions [1-9]/m,
    /^sudoql_statements_total\{mode="read"\} [1-9]/m,
    /^sudoql_statements_refused_total\{mode="read",code="write_needs_elevation"\} [1-9]/m,
    /^sudoql_decision_seconds_count\{entrypoint="statement"\} [1-9]/m,
    /^sudoql_elevations_total\{target="shop",event="started"\} [1-9]/m,
    /^sudoql_policy_info\{revision="[0-9a-f]+"\} 1/m,
    /^sudoql_ledger_up 1/m,
    /^nodejs_eventloop_lag_p99_seconds/m,
    /^sudoql_ledger_notices_pending \d/m,
  ]) {
    assert.match(metrics, expected);
  }
});

test('what is not there, too large or of another type is refused in the same form, and nothing of the inside shows', async () => {
  const wrong = await ask<{ code: string }>(null, '/nothing/here');
  assert.deepEqual([wrong.status, wrong.body.code], [404, 'not_found']);
  const large = await ask<{ code: string }>('sec', '/v1/elevations/elv_x/revoke', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ x: 'x'.repeat(70_000) }),
  });
  assert.deepEqual([large.status, large.body.code], [413, 'too_large']);
  const xml = await ask<{ code: string }>('sec', '/v1/elevations/elv_x/revoke', {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body: '<x/>',
  });
  assert.deepEqual([xml.status, xml.body.code], [415, 'unsupported_media_type']);
});

test('guessing tokens is slowed down, and does not lock out who has a good one', async () => {
  assert.equal((await ask('ana', '/v1/me')).status, 200);
  const guess = () => fetch(`${demo.http}/v1/me`, { headers: { authorization: 'Bearer sudoql_guess' } });
  let status = 401;
  for (let tries = 0; tries < 60 && status === 401; tries++) ({ status } = await guess());
  assert.equal(status, 429);
  assert.ok(Number((await guess()).headers.get('retry-after')) > 0);
  assert.equal((await ask('ana', '/v1/me')).status, 200);
});

test('who signed in connects with the token of their own, sees who writes and not why, and is out everywhere within a second', async () => {
  const cleo = new Browser(demo.http);
  assert.equal((await cleo.signIn('u-1001')).status, 200);
  const verifier = 'v'.repeat(43);
  const form = {
    port: '4711',
    challenge: createHash('sha256').update(verifier).digest('base64url'),
    state: 's'.repeat(30),
    client: 'a test',
  };
  const { location } = await cleo.ask('/login', { form });
  const given = await fetch(`${demo.http}/v1/login/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: new URL(location ?? '').searchParams.get('code'), verifier }),
  });
  const { user, token } = (await given.json()) as { user: string; token: string };
  const hers = await demo.connect({ user, password: token });
  assert.deepEqual((await hers.query('SELECT 1 AS one')).rows, [{ one: 1 }]);

  const ana = await demo.connect();
  await ana.query("SELECT sudo('a private matter of hers')");
  await ana.query('UPDATE orders SET status = status WHERE id = 4211');
  const now = await until('it is in the record', async () => {
    const page = (await cleo.ask('/now')).text;
    return page.includes('1 row of public.orders') ? page : null;
  });
  assert.match(now, /ana<\/a>, for another/);
  assert.doesNotMatch(now, /private matter|End it now/);
  const [live] = await elevations('ana');
  const page = `/elevations/${live?.id}`;
  assert.equal((await cleo.ask(`${page}/end`, { form: {} })).status, 403);
  assert.match((await cleo.ask(page)).text, /What its statements were is not for you to see/);

  // Somebody asks, and she hears it where she writes; security stops her, and she hears by whom.
  const heard: { message?: string | undefined; hint?: string | undefined }[] = [];
  ana.on('notice', (notice) => heard.push(notice));
  assert.equal((await cleo.ask(`${page}/remarks`, { form: { says: 'question', text: 'which order?' } })).status, 303);
  const question = await until('she hears the question', () =>
    heard.find(({ message }) => message === 'cleo asks: which order?'),
  );
  assert.ok(question.hint?.includes(`${demo.http}${page}`), question.hint);
  assert.equal((await ask('sec', `/v1${page}/revoke`, { method: 'POST' })).status, 200);
  await until('she hears by whom', () => heard.some(({ message }) => message === 'write mode was revoked by sec'));
  const over = await until('its end is shown', async () => {
    const { text } = await cleo.ask(page);
    return text.includes('It was stopped, by sec') ? text : null;
  });
  assert.match(over, /which order\?/);

  let lost: Error | null = null;
  hers.on('error', (error) => {
    lost ??= error;
  });
  assert.equal((await cleo.ask('/me/sign-out-everywhere', { form: {} })).location, '/signed-out');
  await within(1_000, 'her connection is ended', () => lost !== null);
  assert.match(String(lost), /the token was revoked/);
});

test('who has a token that ends soon hears so at once, and again at the end, with what to do', async () => {
  const args = ['token', 'create', '-u', 'brief', '-k', 'human', '-e', '60s', '--json'];
  const { secret } = JSON.parse(await demo.sudoqld(...args)) as { secret: string };
  const { hostname: host, port } = new URL(demo.wire);
  const brief = new pg.Client({ host, port: Number(port), user: 'brief', password: secret, database: 'shop' });
  // It may come before the greeting is over.
  const told = once(brief, 'notice');
  await brief.connect();
  const [notice] = (await told) as [{ message?: string; hint?: string }];
  await brief.end();
  assert.match(notice.message ?? '', /^your token, and this session with it, ends in (\d+ s|1 min)$/);
  assert.match(notice.hint ?? '', /sudoql login/);
});

test('sudoqld principals: who, signed in as whom, last seen; a principal of an operator’s is joined once', async () => {
  const list = await demo.sudoqld('principals', 'list');
  assert.match(list, /^cleo +human +0 +u-1001 of http:\/\/127\.0\.0\.1:\d+ +20\S+Z +127\.0\.0\.1$/m);
  assert.match(list, /^robot +agent +1 +- +never +-$/m);
  assert.match(await demo.sudoqld('principals', 'join', 'ben', '--subject', 'u-ben'), /is ben from now on/);
  await assert.rejects(demo.sudoqld('principals', 'join', 'ben', '--subject', 'u-other'), /is ben already/);
  await assert.rejects(demo.sudoqld('principals', 'join', 'nobody', '--subject', 'u-other'), /There is no principal/);
});
