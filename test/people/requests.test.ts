// Answering a request by each channel there is, and the attacks on it: page, API, command line.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { runRequestCommand } from '../../clients/repl/requests.ts';
import type { Principal } from '../../services/contract/words.ts';
import type { RequestRecord, ToAsk } from '../../services/elevation/requests/requests.ts';
import { DBA } from '../../services/elevation/requests/testing.ts';
import { Browser } from './browser.ts';
import { toAsk } from './records.ts';
import { type Stage, startStage } from './stage.ts';

const GROUP = 'oidc:dba';
let stage: Stage;
before(async () => {
  stage = await startStage();
  stage.policy.says.sets = [{ ...DBA, groups: [GROUP] }];
});
after(() => stage?.close());

const OPERATOR = { operator: 'test' };
/** A person of the provider's, in its group of `groups`. */
function person(name: string, groups: string[] = [], email = `${name}@example.com`): string {
  const sub = `u-${name}`;
  stage.provider.people.set(sub, { sub, preferred_username: name, email, name, groups });
  return sub;
}
const signedIn = async (name: string, groups: string[] = [], email?: string): Promise<Browser> => {
  const browser = new Browser(stage.http);
  const page = await browser.signIn(person(name, groups, email), '/requests');
  assert.equal(page.status, 200, page.text);
  return browser;
};
const tokenOf = async (user: string, more: Partial<Principal> = {}) => {
  const all = { email: `${user}@example.com`, groups: [GROUP], kind: 'human' as const, elevate: 'none' as const };
  return (await stage.tokens.create({ user, lifetime: 3_600, ...all, ...more }, OPERATOR)).secret;
};
const post = (token: string, path: string, body: object = {}, headers: Record<string, string> = {}) =>
  fetch(`${stage.http}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

let number = 0;
/** Somebody new asks. */
async function ask(
  asker = `asker${++number}`,
  reason = 'fix order 4211',
  more: Partial<ToAsk> = {},
): Promise<RequestRecord> {
  const asked = await stage.requests.ask(toAsk(asker, reason, [GROUP], more));
  assert.ok(asked.kind === 'pending', JSON.stringify(asked));
  return asked.request;
}
const stateOf = async ({ id }: RequestRecord) => (await stage.requests.show(id))?.state;
const actorsOf = async ({ id }: RequestRecord) =>
  (await stage.entries('request_approved'))
    .filter(({ request }) => request === id)
    .map(({ actor, via }) => [actor, via]);

test('by page: the facts come first, the reason is a quotation, and an answer is a form of ours', async () => {
  const ben = await signedIn('ben', ['dba']);
  const hostile = '<img src=x onerror=alert(1)> "fix" & more';
  const request = await ask(undefined, hostile);
  const list = await ben.ask('/requests');
  assert.match(list.text, new RegExp(`href="/requests/${request.id}"`));
  const { text } = await ben.ask(`/requests/${request.id}`);
  assert.ok(!text.includes('<img') && !text.includes('psql <script>'), text);
  assert.match(
    text,
    /<blockquote class="quote">&lt;img src=x onerror=alert\(1\)&gt; &quot;fix&quot; &amp; more<\/blockquote>/,
  );
  assert.ok(text.indexOf('192.0.2.7') < text.indexOf('<blockquote'), 'facts before the reason');
  const answered = await ben.ask(`/requests/${request.id}/approve`, { form: { why: 'go on' } });
  assert.equal(answered.status, 303, answered.text);
  assert.equal(await stateOf(request), 'approved');
  assert.deepEqual(await actorsOf(request), [[{ principal: 'ben' }, 'page']]);
  const again = await ben.ask(`/requests/${request.id}/approve`, { form: {} });
  assert.equal(again.status, 409, 'a form that is sent twice');
});

test('no answer comes by GET, from another origin, without a sign-in, or by a form sent to another request', async () => {
  const ben = await signedIn('ben', ['dba']);
  const request = await ask();
  const path = `/requests/${request.id}/approve`;
  assert.equal((await ben.ask(path)).status, 404);
  for (const headers of [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'https://other.example' },
    { 'sec-fetch-site': 'none' },
  ])
    assert.equal((await ben.ask(path, { form: {}, headers })).status, 403);
  assert.equal((await new Browser(stage.http).ask(path, { form: {} })).status, 401);
  // The cookie is no token, and a token is no cookie.
  const cookie = `sudoql=${ben.cookie('sudoql')}`;
  const bare = await fetch(`${stage.http}/v1/requests/${request.id}/approve`, { method: 'POST', headers: { cookie } });
  assert.equal(bare.status, 401);
  assert.equal((await ben.ask('/requests/req_none/approve', { form: {} })).status, 404);
  assert.equal(await stateOf(request), 'pending');
});

test('by API: a human’s token that is asked; not the requester’s, a service’s, an agent’s, or one that is not asked', async () => {
  const request = await ask('ana');
  const path = `/v1/requests/${request.id}/approve`;
  const refused: [string, string, number][] = [
    ['one’s own, with the group gained since', await tokenOf('ana'), 403],
    ['a second identity with the same email', await tokenOf('ana2', { email: 'Ana@Example.com' }), 403],
    ['a service', await tokenOf('deploy', { kind: 'service', elevate: 'connect' }), 403],
    ['an agent', await tokenOf('helper', { kind: 'agent' }), 403],
    ['not asked', await tokenOf('eve', { groups: ['dev'] }), 403],
    ['no token', 'sudoql_none', 401],
  ];
  for (const [what, token, status] of refused) assert.equal((await post(token, path)).status, status, what);
  assert.equal(await stateOf(request), 'pending');
  const cleo = await tokenOf('cleo');
  assert.equal(
    (await fetch(`${stage.http}${path}`, { headers: { authorization: `Bearer ${cleo}` } })).status,
    404,
    'GET',
  );
  const facts = await fetch(`${stage.http}/v1/requests/${request.id}`, {
    headers: { authorization: `Bearer ${cleo}` },
  });
  const { for_me, reason, groups } = (await facts.json()) as { for_me: boolean; reason: string; groups: string[] };
  assert.deepEqual([for_me, reason, groups], [true, 'fix order 4211', ['dev']]);
  assert.equal((await post(cleo, path, { why: 'a\u202eb' })).status, 400, 'a why that hides something');
  assert.equal((await post(cleo, path, { why: 'go' })).status, 200);
  assert.deepEqual(await actorsOf(request), [[{ principal: 'cleo' }, 'api']]);
  assert.equal((await post(cleo, `/v1/requests/${request.id}/deny`, { why: 'on second thoughts' })).status, 200);
  assert.equal(await stateOf(request), 'denied');
});

test('by command line: the same answers and the same refusals', async () => {
  const run = async (user: string, more: Partial<Principal>, ...args: string[]) => {
    const output = new PassThrough();
    const env = { SUDOQL_URL: stage.http, SUDOQL_TOKEN: await tokenOf(user, more) };
    const deps = { terminal: { input: process.stdin, output, error: output }, env } as never;
    await runRequestCommand(args, deps);
    return String(output.read() ?? '');
  };
  const request = await ask('fay');
  assert.match(await run('gil', {}, 'requests'), new RegExp(`for you {2}${request.id}[^]*they say: “fix order 4211”`));
  await assert.rejects(run('fay', {}, 'approve', request.id), /Your own request/);
  await assert.rejects(run('deploy', { kind: 'service' }, 'approve', request.id), /Only people answer/);
  assert.match(await run('gil', {}, 'approve', request.id, '--why', 'go on'), /fay may write to shop now, once/);
  assert.match(await run('fay', {}, 'withdraw', request.id), /taken back/);
  assert.equal(await stateOf(request), 'withdrawn');
});

test('who may not see a request cannot tell it from one that there is not', async () => {
  const request = await ask('hal');
  stage.may = () => false;
  try {
    const token = await tokenOf('ivy', { groups: ['dev'] });
    const answers = await Promise.all(
      [request.id, 'req_none'].map(async (id) => {
        const answer = await fetch(`${stage.http}/v1/requests/${id}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return { status: answer.status, body: ((await answer.json()) as { code: string }).code };
      }),
    );
    assert.deepEqual(answers[0], answers[1]);
    const listed = await fetch(`${stage.http}/v1/requests`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual(await listed.json(), { requests: [] });
  } finally {
    stage.may = () => true;
  }
});

test('what policy wants confirmed is confirmed by who asked, on a page, by a sign-in that is proved fresh; by nothing else', async (t) => {
  const { confirm } = stage.people.settings;
  const before = structuredClone(stage.policy.says);
  t.after(() => Object.assign(stage.policy.says, before));
  t.after(() => Object.assign(confirm, { withinMs: 300_000, acr: [] }));
  Object.assign(stage.policy.says, { result: 'confirm', sets: [] });
  const you = { name: 'you', count: 1, people: ['cass'], groups: [], channels: [], wider: [] };
  const request = await ask('cass', 'fix order 4212', {
    confirm: true,
    approve: { sets: [you], ask_seconds: 600, use_seconds: 600 },
  });
  const path = `/requests/${request.id}`;
  const press = (one: Browser) => one.ask(`${path}/approve`, { form: {} });
  const [cass, ben] = [await signedIn('cass'), await signedIn('ben', ['dba'])];
  // The provider did not say when she signed in: it may have been last year.
  assert.match((await cass.ask(path)).text, /href="\/sign-in\/fresh\?to=\/requests/);
  assert.equal((await press(cass)).status, 403);
  assert.equal((await press(ben)).status, 403, 'somebody else, who may approve');
  assert.equal((await post(await tokenOf('cass'), `/v1${path}/approve`)).status, 403, 'a token');
  await cass.follow(`/sign-in/fresh?to=${path}`);
  assert.match((await cass.ask(path)).text, /It was I who asked: confirm/);
  confirm.withinMs = -1;
  assert.equal((await press(cass)).status, 403, 'too old by now');
  Object.assign(confirm, { withinMs: 300_000, acr: ['urn:example:mfa'] });
  assert.equal((await press(cass)).status, 403, 'of another kind');
  confirm.acr = [];
  stage.policy.says.result = 'deny';
  assert.equal((await press(cass)).status, 403, 'policy has changed its mind');
  stage.policy.says.result = 'confirm';
  assert.equal(await stateOf(request), 'pending');
  assert.equal((await press(cass)).status, 303);
  assert.equal(await stateOf(request), 'approved');
  assert.deepEqual(await actorsOf(request), [[{ principal: 'cass' }, 'page']]);
  const refusals = (await stage.entries('answer_refused')).filter(({ about }) => about === request.id);
  assert.deepEqual(
    refusals.map(({ codes }) => codes),
    [['not_fresh'], ['not_yours'], ['not_fresh'], ['not_fresh'], ['not_fresh'], ['frozen']],
  );
  // Nobody else was asked, and none is told that somebody agreed.
  const told = await stage.sql("SELECT body FROM notice WHERE body ->> 'request' = $1", [request.id]);
  assert.deepEqual(told, []);
});
