// Signing in with the company's provider, and the attacks on it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { decodeJwt, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { runAccount } from '../../clients/repl/account/commands.ts';
import type { Environment } from '../../clients/repl/settings.ts';
import { SignInRefused } from '../../services/people/refused.ts';
import type { DemoProvider } from '../demo/provider.ts';
import { until } from '../helpers/until.ts';
import { type Stage, startStage } from './stage.ts';
import { Browser } from './browser.ts';

let stage: Stage;
let provider: DemoProvider;
before(async () => {
  stage = await startStage();
  provider = stage.provider;
});
after(() => stage?.close());

const CLEO = 'u-1001';
const DAN = 'u-1002';
const browser = () => new Browser(stage.http);
const signedIn = async (sub: string) => {
  const one = browser();
  const page = await one.signIn(sub);
  assert.equal(page.status, 200, page.text);
  return one;
};
/** A person of the provider's for one test. */
const person = (name: string, more: object = {}) => {
  const sub = `u-${name}`;
  provider.people.set(sub, { sub, ...claimsOf(name), ...more });
  return sub;
};
const claimsOf = (name: string) => ({ preferred_username: name, email: `${name}@example.com`, name, groups: [] });

test('who comes for the first time signs in with nobody’s help, and is on record', async () => {
  const one = browser();
  const page = await one.signIn(CLEO, '/me');
  assert.equal(new URL(page.url).pathname, '/me');
  assert.match(page.text, /<strong>cleo<\/strong>/);
  assert.match(page.text, /oidc:developers/);
  const [bound] = await stage.entries('principal_bound');
  assert.deepEqual([bound?.principal, bound?.subject, bound?.issuer], ['cleo', CLEO, provider.issuer]);
  const [signed] = await stage.entries('signed_in');
  assert.deepEqual([signed?.principal, signed?.groups], ['cleo', ['oidc:developers']]);
});

test('a page is for who is signed in; who is not comes back to it after signing in', async () => {
  const stranger = browser();
  const asked = await stranger.ask('/health?x=1');
  assert.deepEqual([asked.status, asked.location], [303, '/sign-in?to=%2Fhealth%3Fx%3D1']);
  const page = await stranger.signIn(CLEO, '/health?x=1');
  assert.equal(page.url, `${stage.http}/health?x=1`);
});

test('pages hold nothing that a browser may run but our own files, and their cookie is no script’s', async () => {
  const one = browser();
  const back = await one.atCallback(CLEO);
  const answer = await one.ask(back.href);
  const [cookie] = answer.headers.getSetCookie().filter((line) => /^sudoql=/.test(line));
  assert.match(cookie ?? '', /; Path=\/; HttpOnly; SameSite=Lax$/);
  const { headers, text } = await one.ask('/me');
  assert.equal(
    headers.get('content-security-policy'),
    "default-src 'none';style-src 'self';script-src 'self';connect-src 'self';img-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
  );
  assert.deepEqual([headers.get('x-frame-options'), headers.get('cache-control')], ['DENY', 'no-store']);
  assert.doesNotMatch(text, /<style|style=|<script(?! type="module" src=)|\son\w+=/);
});

test('what the provider says of a name is text on a page, whatever it holds', async () => {
  const one = browser();
  const page = await one.signIn(person('eve', { name: '<img src=x onerror=alert(1)>"\u202e' }), '/me');
  assert.match(page.text, /&lt;img src=x onerror=alert\(1\)&gt;&quot;⟨U\+202E⟩/);
});

test('session fixation: a browser that was given somebody’s session gets one of its own, and that one ends', async () => {
  const attacker = await signedIn(DAN);
  const planted = attacker.cookie('sudoql') ?? '';
  const victim = browser();
  victim.setCookie('sudoql', planted);
  const back = await victim.follow('/sign-in', ({ pathname }) => pathname === '/now');
  assert.equal(back.status, 303, 'as dan, whose browser it was');
  // Signing in while somebody is signed in: by a way back that was begun before.
  const fresh = browser();
  const way = await fresh.atCallback(CLEO);
  fresh.setCookie('sudoql', planted);
  await fresh.follow(way.href);
  assert.notEqual(fresh.cookie('sudoql'), planted);
  assert.match((await fresh.ask('/me')).text, /<strong>cleo<\/strong>/);
  assert.equal((await attacker.ask('/me')).status, 303);
});

test('a cookie that was stolen is worth nothing after signing out, and a token nothing after signing out everywhere', async () => {
  const one = await signedIn(CLEO);
  const thief = browser();
  thief.setCookie('sudoql', one.cookie('sudoql') ?? '');
  assert.equal((await thief.ask('/me')).status, 200);
  const out = await one.ask('/sign-out', { form: {} });
  assert.deepEqual([out.status, out.location, one.cookie('sudoql')], [303, '/signed-out', undefined]);
  assert.equal((await thief.ask('/me')).status, 303);

  const [here, there] = [await signedIn(CLEO), await signedIn(CLEO)];
  assert.equal((await here.ask('/me/sign-out-everywhere', { form: {} })).location, '/signed-out');
  assert.equal((await there.ask('/me')).status, 303);
  assert.ok((await stage.entries('sign_in_ended')).some(({ why }) => why === 'signed out everywhere'));
});

test('a session ends when nobody used it for long enough, and at the latest when it is over', async () => {
  const one = await signedIn(CLEO);
  for (let hour = 0; hour < 12; hour++) {
    assert.equal((await one.ask('/me')).status, 200, `after ${hour} h`);
    stage.pass(59 * 60_000);
  }
  stage.pass(13 * 60_000);
  assert.equal((await one.ask('/me')).status, 303, 'after 12 h');
  const idle = await signedIn(CLEO);
  stage.pass(62 * 60_000);
  assert.equal((await idle.ask('/me')).status, 303);
});

test('login CSRF: a way back does only in the browser that began it, once', async () => {
  const attacker = browser();
  const way = await attacker.atCallback(DAN);
  const victim = browser();
  const refused = await victim.ask(way.href);
  assert.equal(refused.status, 403);
  assert.match(refused.text, /not begun in this browser/);
  assert.equal(victim.cookie('sudoql'), undefined);
  assert.equal((await attacker.ask(way.href)).status, 403, 'used up by the attempt');
});

test('open redirect: signing in leads to a page of ours, whatever the link said', async () => {
  for (const to of [
    '//evil.example',
    'https://evil.example/',
    '/\\evil.example',
    '/%0d%0aX: y',
    '/sign-out',
    'me',
    '/a b',
    '/\t/evil.example',
  ]) {
    const one = browser();
    const page = await one.signIn(CLEO, `/sign-in?to=${encodeURIComponent(to)}`);
    assert.equal(new URL(page.url).origin, stage.http, to);
  }
});

test('a form of another page changes nothing, nor does a GET', async () => {
  const one = await signedIn(CLEO);
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': '', origin: 'https://evil.example' },
  ]) {
    const answer = await one.ask('/me/sign-out-everywhere', { form: {}, headers });
    assert.equal(answer.status, 403, JSON.stringify(headers));
  }
  assert.equal((await one.ask('/sign-out')).status, 404);
  assert.equal((await one.ask('/me/sign-out-everywhere')).status, 404);
  assert.equal((await one.ask('/me')).status, 200);
});

test('mixed-up issuer (RFC 9207): an answer that another provider signed with its name, or none, is refused', async () => {
  for (const change of [
    (url: URL) => url.searchParams.set('iss', 'https://evil.example'),
    (url: URL) => url.searchParams.delete('iss'),
  ]) {
    const one = browser();
    const way = await one.atCallback(CLEO);
    change(way);
    assert.equal((await one.ask(way.href)).status, 403);
    assert.equal(one.cookie('sudoql'), undefined);
  }
});

test('an ID token without a signature, of another key, or for another client proves nothing', async (t) => {
  t.after(() => {
    provider.tamper = null;
  });
  const forged = await generateKeyPair('ES256');
  const forgeries: Record<string, (claims: JWTPayload) => string | Promise<string>> = {
    none: (claims) => new UnsecuredJWT(claims).encode(),
    'another key': (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: String(provider.key.kid) }).sign(forged.privateKey),
    'our own secret': (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(provider.client.secret)),
    'another client': async (claims) =>
      new SignJWT({ ...claims, aud: 'other' })
        .setProtectedHeader({ alg: 'ES256', kid: String(provider.key.kid) })
        .sign(await importJWK(provider.key as JWK, 'ES256')),
  };
  for (const [name, forge] of Object.entries(forgeries)) {
    const one = browser();
    const way = await one.atCallback(CLEO);
    provider.tamper = async (answer) => ({ ...answer, id_token: await forge(decodeJwt(String(answer.id_token))) });
    assert.equal((await one.ask(way.href)).status, 403, name);
    provider.tamper = null;
    assert.equal(one.cookie('sudoql'), undefined, name);
  }
});

test('a provider that changes its key is followed', async () => {
  await signedIn(CLEO);
  provider.rotate();
  stage.pass(60_000);
  await until('its new key is taken', async () => {
    const one = browser();
    return (await one.signIn(CLEO)).status === 200;
  });
});

test('while the provider is down who is signed in goes on, and nobody new comes in, in words', async (t) => {
  const one = await signedIn(CLEO);
  provider.down = true;
  t.after(() => {
    provider.down = false;
  });
  assert.equal((await one.ask('/me')).status, 200);
  const begun = browser();
  const { location } = await begun.ask('/sign-in');
  const state = new URL(location ?? '').searchParams.get('state');
  const back = await begun.ask(`/sign-in/callback?code=x&state=${state}&iss=${encodeURIComponent(provider.issuer)}`);
  assert.equal(back.status, 503);
  assert.match(back.text, /identity provider does not answer/);
});

test('who somebody is hangs on the subject alone: not on an address, nor on a name that changes or is another’s', async () => {
  await signedIn(CLEO);
  const twin = browser();
  const page = await twin.signIn(person('cleo2', { email: 'cleo@example.com' }), '/me');
  assert.match(page.text, /<strong>cleo2<\/strong>/);

  const thief = browser();
  const refused = await thief.signIn(person('thief', { preferred_username: 'Cleo' }));
  assert.equal(refused.status, 403);
  assert.match(refused.text, /cleo is the login name of somebody else here/);

  const sub = person('finn');
  await signedIn(sub);
  provider.people.set(sub, { sub, ...claimsOf('finn-married') });
  assert.match((await browser().signIn(sub, '/me')).text, /<strong>finn<\/strong>/);
});

test('a principal that an operator made is nobody’s until an operator says whose', async () => {
  await stage.tokens.create(
    { user: 'gil', email: 'gil@example.com', kind: 'human', elevate: 'in-band', groups: ['dev'], lifetime: 60 },
    { operator: 'root' },
  );
  const sub = person('gil');
  const refused = await browser().signIn(sub);
  assert.equal(refused.status, 403);
  assert.match(refused.text, /sudoqld principals join gil --subject u-gil/);
  await stage.people.signIns.join(provider.issuer, sub, 'gil', { operator: 'root' });
  assert.match((await browser().signIn(sub, '/me')).text, /<strong>gil<\/strong>/);
  await assert.rejects(
    stage.people.signIns.join(provider.issuer, 'u-other', 'gil', { operator: 'root' }),
    SignInRefused,
  );
  await assert.rejects(stage.people.signIns.join(provider.issuer, sub, 'hal', { operator: 'root' }), SignInRefused);
});

test('groups that the provider does not say whole let nobody in, in words', async () => {
  const refusals: [string, object, RegExp][] = [
    ['none', { groups: undefined }, /says no groups/],
    ['pointer', { groups: undefined, _claim_names: { groups: 'src1' } }, /more groups than the provider writes down/],
    ['text', { groups: 'security' }, /is no list/],
    ['many', { groups: Array.from({ length: 51 }, (_, n) => `g${n}`) }, /51 groups/],
    ['login', { preferred_username: 'a b' }, /login name/],
  ];
  for (const [name, claims, words] of refusals) {
    const answer = await browser().signIn(person(`bad-${name}`, claims));
    assert.equal(answer.status, 403, name);
    assert.match(answer.text, words);
  }
});

interface Token {
  user: string;
  token: string;
  id: string;
}
const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${stage.http}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: answer.status, body: (await answer.json()) as Token & { [field: string]: string } };
};
const verifier = 'v'.repeat(43);
const asked = (port = '4711') => ({
  port,
  challenge: createHash('sha256').update(verifier).digest('base64url'),
  state: 's'.repeat(30),
  client: 'sudoql on anas-laptop',
});
/** The code that the loopback of a command line gets. */
const codeOf = async (one: Browser) => {
  const { status, location, text } = await one.ask('/login', { form: asked() });
  assert.equal(status, 303, text);
  const back = new URL(location ?? '');
  assert.deepEqual([back.origin, back.searchParams.get('state')], ['http://127.0.0.1:4711', 's'.repeat(30)]);
  return back.searchParams.get('code') ?? '';
};
/** Lets a command line have a token. */
const login = async (one: Browser) => {
  const { status, body } = await post('/v1/login/token', { code: await codeOf(one), verifier });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const isGood = async ({ token }: Token) => (await stage.tokens.bearer(token)) !== null;

test('a command line gets a token of ours after somebody said so, once, and who knows the verifier alone', async () => {
  const one = await signedIn(CLEO);
  const page = await one.ask(`/login?${new URLSearchParams(asked())}`);
  assert.match(page.text, /sudoql on anas-laptop/);
  assert.match(page.headers.get('content-security-policy') ?? '', /form-action 'self' http:\/\/127\.0\.0\.1:4711;/);
  const stolen = await codeOf(one);
  assert.equal((await post('/v1/login/token', { code: stolen, verifier: 'w'.repeat(43) })).status, 403);
  assert.equal((await post('/v1/login/token', { code: stolen, verifier })).status, 403, 'used up by the attempt');
  const code = await codeOf(one);
  const { status, body } = await post('/v1/login/token', { code, verifier });
  assert.equal(status, 200);
  assert.equal((await post('/v1/login/token', { code, verifier })).status, 403, 'twice');
  const who = await stage.tokens.bearer(body.token);
  assert.deepEqual(who?.principal, {
    id: 'cleo',
    email: 'cleo@example.com',
    groups: ['oidc:developers'],
    kind: 'human',
    elevate: 'in-band',
  });
  const created = (await stage.entries('token_created')).at(-1);
  assert.match(String(created?.sign_in), /^sig_/);
  assert.match((await one.ask('/me')).text, /sudoql on anas-laptop/);
  // It goes when its owner says so, by page or by the token itself.
  assert.equal((await one.ask(`/me/tokens/${body.id}/end`, { form: {} })).status, 303);
  assert.equal(await isGood(body), false);
  const other = await login(one);
  assert.equal((await post('/v1/logout', {}, { authorization: `Bearer ${other.token}` })).status, 200);
  assert.equal(await isGood(other), false);
});

test('a code is sent to this machine’s own loopback and nowhere else', async () => {
  const one = await signedIn(CLEO);
  for (const port of ['80', '4711@evil.example', '4711/../..', 'evil.example', '999999'])
    assert.equal((await one.ask('/login', { form: asked(port) })).status, 400, port);
});

test('nobody ends what is another’s', async () => {
  const [cleo, dan] = [await signedIn(CLEO), await signedIn(DAN)];
  const hers = await login(cleo);
  assert.equal((await dan.ask(`/me/tokens/${hers.id}/end`, { form: {} })).status, 404);
  const [browserOfHers] = await stage.people.sessions.list('cleo');
  assert.equal((await dan.ask(`/me/browsers/${browserOfHers?.id}/end`, { form: {} })).status, 404);
  assert.equal(await isGood(hers), true);
});

test('a device code sent to a victim: the page says where it came from, and the code must be typed and confirmed', async () => {
  const begun = await post('/v1/login/device', { client: 'sudoql on evil-host' });
  const { device_code, user_code = '' } = begun.body;
  const poll = () => post('/v1/login/device/token', { device_code });
  assert.equal((await poll()).status, 202);
  const victim = await signedIn(CLEO);
  // No link carries the code: a GET is the empty form, whatever is in it.
  assert.doesNotMatch((await victim.ask(`/device?code=${user_code}`)).text, /evil-host/);
  const page = await victim.ask('/device', { form: { code: user_code.toLowerCase().replace('-', ' ') } });
  assert.match(page.text, /sudoql on evil-host/);
  assert.match(page.text, /wants to be you/);
  assert.equal((await poll()).status, 202, 'looking at it gives nothing');
  const device = /name="device" value="(\w+)"/.exec(page.text)?.[1] ?? '';
  const foreign = { form: { device, answer: 'yes' }, headers: { 'sec-fetch-site': 'cross-site' } };
  assert.equal((await victim.ask('/device/answer', foreign)).status, 403);
  assert.equal((await victim.ask('/device/answer', { form: { device, answer: 'no' } })).status, 200);
  assert.match((await victim.ask('/device/answer', { form: { device, answer: 'yes' } })).text, /answered before/);
  const refused = await poll();
  assert.deepEqual([refused.status, refused.body.message], [403, 'The answer in the browser was no.']);
  assert.equal((await poll()).status, 403);
});

test('a device gets its token once it was answered, once, and not after ten minutes', async () => {
  const one = await signedIn(CLEO);
  const ask = async () => {
    const { body } = await post('/v1/login/device', { client: 'sudoql on server-7' });
    const page = await one.ask('/device', { form: { code: body.user_code ?? '' } });
    return {
      ...body,
      device_code: body.device_code ?? '',
      device: /name="device" value="(\w+)"/.exec(page.text)?.[1] ?? '',
    };
  };
  const first = await ask();
  await one.ask('/device/answer', { form: { device: first.device, answer: 'yes' } });
  const got = await post('/v1/login/device/token', { device_code: first.device_code });
  assert.equal(got.body.user, 'cleo');
  assert.equal(await isGood(got.body), true);
  assert.equal((await post('/v1/login/device/token', { device_code: first.device_code })).status, 403);
  const late = await ask();
  stage.pass(11 * 60_000);
  assert.match(
    (await one.ask('/device/answer', { form: { device: late.device, answer: 'yes' } })).text,
    /took too long/,
  );
  assert.equal((await post('/v1/login/device/token', { device_code: late.device_code })).status, 403);
  assert.equal((await one.ask('/device', { form: { code: 'BCDF-GHJK' } })).status, 404);
});

const logoutToken = async (more: object = {}, header: object = {}) =>
  new SignJWT({ sub: CLEO, events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, ...more })
    .setProtectedHeader({ alg: 'ES256', kid: String(provider.key.kid), typ: 'logout+jwt', ...header })
    .setIssuer(provider.issuer)
    .setAudience(provider.client.id)
    .setIssuedAt()
    .setExpirationTime('2 min')
    .setJti('j1')
    .sign(await importJWK(provider.key as JWK, 'ES256'));
const logOut = (token: string) =>
  fetch(`${stage.http}/sign-in/logged-out`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });

test('who logs out at the provider is out here, browsers and tokens; a logout token that is none ends nothing', async () => {
  const one = await signedIn(CLEO);
  const token = await login(one);
  const bad: [string, string][] = [
    ['no signature', new UnsecuredJWT({ sub: CLEO }).setIssuer(provider.issuer).setAudience('sudoql').encode()],
    ['an ID token', await logoutToken({ nonce: 'n' })],
    ['no event', await logoutToken({ events: {} })],
    ['nobody', await logoutToken({ sub: undefined })],
    ['text', 'x'],
    ['another key', (await logoutToken()).replace(/.{6}$/, 'AAAAAA')],
  ];
  for (const [name, forged] of bad) assert.equal((await logOut(forged)).status, 400, name);
  assert.equal(await isGood(token), true);
  assert.equal((await logOut(await logoutToken({ sub: undefined, sid: 'another' }))).status, 200);
  assert.equal(await isGood(token), true);
  assert.equal((await logOut(await logoutToken())).status, 200);
  assert.equal(await isGood(token), false);
  assert.equal((await one.ask('/me')).status, 303);
});

test('the provider is asked again: who is gone there, or in other groups, is out; its refresh tokens cannot be read here', async () => {
  const { refreshing } = stage.people;
  const sub = person('ivy', { groups: ['a'] });
  const staying = person('joe', { groups: ['a'] });
  const [ivy, joe] = [await login(await signedIn(sub)), await login(await signedIn(staying))];
  const kept = await stage.sql('SELECT refresh FROM sign_in_check WHERE refresh IS NOT NULL');
  assert.ok(kept.length > 0 && kept.every(({ refresh }) => (refresh as Buffer)[0] === 1));
  await refreshing.look();
  assert.deepEqual([await isGood(ivy), await isGood(joe)], [true, true]);
  provider.people.set(sub, { sub, ...claimsOf('ivy'), groups: ['a', 'b'] });
  await refreshing.look();
  assert.deepEqual([await isGood(ivy), await isGood(joe)], [false, true]);
  provider.down = true;
  await refreshing.look();
  assert.equal(await isGood(joe), true, 'who is signed in goes on');
  provider.down = false;
  provider.people.delete(staying);
  await refreshing.look();
  assert.equal(await isGood(joe), false);
  const why = (await stage.entries('sign_in_ended')).map((entry) => entry.why);
  assert.ok(why.includes('the groups have changed') && why.includes('the provider said no'), why.join());
});

/** Runs a command of `sudoql`'s in this process; `saw` gets what it has said so far. */
function commandLine(env: Environment, saw: (text: string) => void = () => {}) {
  return async (...args: string[]) => {
    const out = new PassThrough();
    const err = new PassThrough();
    let said = '';
    err.on('data', (data: Buffer) => {
      said += data.toString();
      saw(said);
    });
    const code = await runAccount(args, { terminal: { output: out, error: err }, env });
    return { code, out: String(out.read() ?? ''), said };
  };
}

test('sudoql login by the browser: a token kept for its owner alone, a service for libpq, whoami, url, logout', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-home-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const env = { XDG_CONFIG_HOME: home, SUDOQL_URL: stage.http, BROWSER: '/bin/true' };
  const page = Promise.withResolvers<URL>();
  const sudoql = commandLine(env, (text) => {
    const url = /^http.*\/login\?.*$/m.exec(text)?.[0];
    if (url && text.endsWith('\n')) page.resolve(new URL(url));
  });
  const running = sudoql('login');
  const { searchParams } = await page.promise;
  const loopback = `http://127.0.0.1:${searchParams.get('port')}`;
  // Another page's code is not ours.
  assert.equal((await fetch(`${loopback}/?code=stolen&state=guessed`)).status, 404);
  const one = await signedIn(CLEO);
  const { location } = await one.ask('/login', { form: Object.fromEntries(searchParams) });
  const landed = await fetch(location ?? '');
  assert.match(await landed.text(), /You are logged in/);
  const { code, said } = await running;
  assert.equal(code, 0);
  assert.match(said, /You are cleo until 20/);
  for (const file of ['login.json', 'passfile', 'pg_service.conf'])
    assert.equal((await stat(join(home, 'sudoql', file))).mode & 0o777, 0o600, file);
  assert.match(
    await readFile(join(home, 'sudoql', 'pg_service.conf'), 'utf8'),
    /^\[shop\]\nhost=127\.0\.0\.1\nport=7432\ndbname=shop\nuser=cleo\n/m,
  );
  const url = (await sudoql('url', 'shop')).out.trim();
  assert.match(url, /^postgres:\/\/cleo:sudoql_\w+@127\.0\.0\.1:7432\/shop\?sslmode=disable$/);
  assert.ok(!said.includes(new URL(url).password), 'it is not shown');
  assert.match((await sudoql('whoami')).out, /^cleo at .*\ngroups: oidc:developers\ntargets: shop\n$/);
  assert.equal((await sudoql('logout')).code, 0);
  assert.equal(await stage.tokens.bearer(new URL(url).password), null);
  await assert.rejects(sudoql('whoami'), /There is no token/);
});

test('sudoql login --device: where there is no browser, by a code that is typed elsewhere', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-home-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const typed = Promise.withResolvers<string>();
  const sudoql = commandLine({ XDG_CONFIG_HOME: home, SUDOQL_URL: stage.http }, (text) => {
    const code = /type: ([A-Z-]+)\n/.exec(text)?.[1];
    if (code) typed.resolve(code);
  });
  const running = sudoql('login', '--device');
  const one = await signedIn(DAN);
  const page = await one.ask('/device', { form: { code: await typed.promise } });
  const device = /name="device" value="(\w+)"/.exec(page.text)?.[1] ?? '';
  await one.ask('/device/answer', { form: { device, answer: 'yes' } });
  assert.match((await running).said, /You are dan until/);
});
