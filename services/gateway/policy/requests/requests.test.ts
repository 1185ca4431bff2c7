// Policies that wait for approval: one ledger, the routes, the command line, and a directory that is watched. Settings alone change,
// so that all revisions here are one compiled policy.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import forms from '@fastify/formbody';
import Fastify, { type FastifyInstance } from 'fastify';
import { type Cluster, startPostgres } from '../../../../test/helpers/postgres.ts';
import { until } from '../../../../test/helpers/until.ts';
import { systemClock } from '../../../contract/clock.ts';
import type { Principal } from '../../../contract/words.ts';
import { isFresh } from '../../../elevation/requests/answer.ts';
import type { Answerer } from '../../../elevation/requests/requests.ts';
import { makeLedgerPool } from '../../../ledger/ledger-pool.ts';
import { migratedLedger } from '../../../ledger/testing.ts';
import { makeLedger } from '../../../ledger/write/make-ledger.ts';
import { makeAnnounce } from '../../../notifier/announce.ts';
import { makeOutbox } from '../../../notifier/outbox.ts';
import { compileModule } from '../../../policy/compiler/compile-module.ts';
import { makeCompiler } from '../../../policy/compiler/compiler.ts';
import type { AdminDecision, Policy } from '../../../policy/decision.ts';
import { comparePolicies, differenceLines } from '../../../policy/differences/compare.ts';
import { compilerView, type Gated } from '../../../policy/gate/gate.ts';
import { readData } from '../../../policy/settings/settings.ts';
import { contentHashOf, type PolicyFiles, revisionOf } from '../../../policy/source/policy-files.ts';
import { makeDirectorySource } from '../../../policy/source/directory-source.ts';
import { readUpload } from '../../../policy/source/upload.ts';
import { makeRevisions, type Revisions } from '../../../policy/source/revisions.ts';
import { changed, copyOfLean, lean, shippedFiles } from '../../../policy/testing.ts';
import { loadWasmPolicy } from '../../../policy/wasm-policy.ts';
import type { Visitor } from '../../../people/browser-sessions.ts';
import { runCommand } from '../../cli/program.ts';
import { makePermissions } from '../../http/permissions.ts';
import type { PageDeps } from '../../http/console/console.ts';
import { policyPages } from '../../http/console/pages/policy.ts';
import { policyBackPages } from '../../http/console/pages/policy-back.ts';
import { handleProblems, HttpProblem } from '../../http/problems.ts';
import { policyRequestRoutes } from '../../http/routes/policy-requests.ts';
import { policyRoutes } from '../../http/routes/policies.ts';
import { type Activate, makeActivate } from '../activation.ts';
import { makeDescribeChange } from '../describe-change.ts';
import { makeGoBack } from '../go-back.ts';
import { makeAnswer } from './answer.ts';
import { proposeFrom } from './propose-from.ts';
import { policyRequests } from './requests.ts';

const person = (id: string, groups: string[], kind: Principal['kind'] = 'human'): Principal => ({
  ...{ id, email: null, groups, kind },
  elevate: 'none',
});
const PEOPLE: Record<string, Principal> = {
  ana: person('ana', ['security']),
  ben: person('ben', ['security']),
  // Another token of ana's.
  ana2: person('ana', ['security', 'ops']),
  deploy: person('deploy', ['security'], 'service'),
  dev: person('dev', ['dev']),
};

let cluster: Cluster;
let activate: Activate;
let revisions: Revisions;
let shipped: PolicyFiles;
let app: FastifyInstance;
let url = '';
let inForce: Gated;
/** What a gate says, and what each candidate was judged by: as one whose own tests passed before, or not. */
let wall: string | null = null;
const judgedAs: boolean[] = [];
const endings: (() => Promise<unknown>)[] = [];

before(async () => {
  cluster = await startPostgres();
  endings.push(() => cluster.remove());
  const connection = await migratedLedger(cluster);
  const ledger = makeLedger({ connection, replica: 'r1', version: '0', graceMs: 60_000 });
  endings.push(() => ledger.close());
  const pool = makeLedgerPool({ connection });
  endings.push(() => pool.close());
  const compiler = makeCompiler();
  endings.push(() => compiler.close());
  shipped = lean(await shippedFiles());
  const { data, settingsSchema } = readData(shipped);
  const { wasm = '' } = await compiler.run({ op: 'build', ...compilerView(shipped, data, settingsSchema) });
  const module = await compileModule(Buffer.from(wasm, 'base64'));
  const gated = async (files: PolicyFiles): Promise<Gated> => {
    const { data } = readData(files);
    const policy = await loadWasmPolicy(module, data);
    return { ok: true, revision: revisionOf(files), files, policy, module, data, tests: 1 };
  };
  inForce = await gated(shipped);
  revisions = makeRevisions(pool);
  const announce = makeAnnounce({ ledger, outbox: makeOutbox({ channels: { security: {} } }) });
  const parts = { announce, channels: ['security'], revisions };
  activate = makeActivate({
    ...parts,
    judge: async (files, tested) => {
      judgedAs.push(tested);
      const { problems } = readData(files);
      return problems.length > 0 ? { ok: false, revision: revisionOf(files), problems } : gated(files);
    },
    describe: makeDescribeChange({
      pool,
      targets: [{ name: 'shop', labels: { environment: 'production' } }],
      compiler,
      inForce: () => inForce,
    }),
    approvals: {
      needed: 1,
      pool,
      difference: async (a, b) => differenceLines(await comparePolicies(compiler, a, b)),
    },
    flips: async () => ({ refused: wall, told: [] }),
    hasten: () => {},
  });
  const answer = makeAnswer({ ...parts, pool, activate, approvals: 1 });
  const never = () => assert.fail('not asked here');
  const policy: Policy = {
    ...{ statement: never, elevation: never, approval: never, revision: null, problem: null },
    admin: (input) => {
      const found = inForce.policy.evaluate('admin', input);
      assert.ok(found.ok, JSON.stringify(found));
      const decision = found.value as AdminDecision;
      return { ok: true, decision, revision: inForce.revision, microseconds: 1, lasting: false };
    },
  };
  app = Fastify({ ajv: { customOptions: { removeAdditional: false } } });
  handleProblems(app);
  const deps = {
    authenticate: async (request: { headers: { authorization?: string | undefined } }) => {
      const principal = PEOPLE[request.headers.authorization?.replace('Bearer ', '') ?? ''];
      if (!principal) throw new HttpProblem('unauthorized');
      return { principal, token: 'token' } as never;
    },
    permissions: makePermissions(policy, systemClock, ledger),
  };
  policyRequestRoutes(app, { ...deps, requests: (prefix) => policyRequests(pool, prefix), answer });
  policyRoutes(app, { ...deps, revisions, activate });
  const difference = async (a: PolicyFiles, b: PolicyFiles) => differenceLines(await comparePolicies(compiler, a, b));
  pages(app, {
    ...{ permissions: deps.permissions, revisions, clock: systemClock, revision: () => revisionOf(shipped) },
    policyRequests: { requests: (prefix) => policyRequests(pool, prefix), answer },
    goBack: makeGoBack({ revisions, activate, difference }),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  endings.push(() => app.close());
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  await ledger.ready;
  assert.equal((await activate({ files: shipped, actor: { operator: 'root@host' } })).kind, 'activated');
});
after(async () => {
  for (const end of endings.reverse()) await end();
});

/** The console's, for whom a header names; who is stale signed in an hour ago. */
function pages(
  on: FastifyInstance,
  deps: Pick<PageDeps, 'permissions' | 'revisions' | 'clock' | 'revision' | 'policyRequests' | 'goBack'>,
): void {
  const confirm = { withinMs: 300_000, acr: [] };
  on.register((scope, _, done) => {
    scope.register(forms);
    scope.decorateRequest('visitor', null);
    scope.addHook('onRequest', async (request) => {
      const [name = '', stale] = String(request.headers['x-visitor']).split(' ');
      const provedAt = new Date(Date.now() - (stale ? 3_600_000 : 0));
      request.visitor = { principal: PEOPLE[name], provedAt, acr: null } as unknown as Visitor;
    });
    const requests = {
      isFresh: (proof: Answerer['proof']) => isFresh({ confirming: confirm, clock: systemClock }, proof),
    };
    const all = { ...deps, requests, people: { settings: { confirm } } } as unknown as PageDeps;
    policyPages(scope, all);
    policyBackPages(scope, all);
    done();
  });
}

const withLimit = (rows: number, more: Record<string, string> = {}): PolicyFiles =>
  changed(shipped, {
    'settings/limits/data.yaml': `human: {}\nservice: {}\nagent: { max_rows: ${rows}, max_bytes: 4194304, timeout_ms: 30000 }\n`,
    ...more,
  });
const ask = async (user: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: object) => {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${user}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const put = async (user: string, files: PolicyFiles): Promise<string> => {
  const { status, body } = await ask(user, 'PUT', '/v1/policies', { files: Object.fromEntries(files) });
  assert.equal(status, 200, JSON.stringify(body));
  return String(body.request);
};
const answer = (user: string, request: string, how: 'approve' | 'deny') =>
  ask(user, 'POST', `/v1/policies/requests/${request}/${how}`);
const state = async (request: string) =>
  ((await ask('ana', 'GET', `/v1/policies/requests?id=${request}`)).body.requests as { state: string }[])[0]?.state;
const newest = async () => (await revisions.latest())?.now;
const entries = async (kind: string) =>
  (await cluster.sql(`SELECT body FROM entry WHERE kind = '${kind}' ORDER BY seq`, 'ledger')).rows.map((row) =>
    JSON.parse(row.body),
  );
const told = async (event: string) =>
  (await cluster.sql('SELECT body FROM notice ORDER BY created_at', 'ledger')).rows
    .map(({ body }) => body)
    .filter((body) => body.event === event);

test('promise 9: a change of policy waits until somebody else approved it, who reads what it changes; its author, their other tokens, programs and those whom policy does not permit cannot', async () => {
  const grants = shipped.get('settings/elevation/data.yaml')?.replace('groups: [dev]', 'groups: [dev, ops]') ?? '';
  const request = await put('ana', withLimit(10, { 'settings/elevation/data.yaml': grants }));
  assert.equal((await newest())?.revision, revisionOf(shipped), 'nothing is in force by being requested');
  const { body } = await ask('ben', 'GET', `/v1/policies/requests?id=${request.slice(0, 6)}`);
  const [read] = body.requests as Record<string, string[]>[];
  assert.ok(
    read?.rights?.some((right) => right.startsWith('group:ops can now write to shop')),
    JSON.stringify(read),
  );
  assert.ok(read?.difference?.some((line) => /^setting settings\.elevation\.grants.*→ "ops"$/.test(line)));
  const [notice] = await told('policy.requested');
  assert.deepEqual([notice.request, notice.by, notice.rights], [request, 'ana', read?.rights]);

  for (const [user, why] of [
    ['ana', /their own/],
    ['ana2', /their own/],
    ['deploy', /people/],
    ['dev', /may not/],
  ] as const) {
    const refused = await answer(user, request, 'approve');
    assert.equal(refused.status, 403, user);
    assert.match(String(refused.body.message), why);
  }
  assert.equal((await answer('ben', '000000000000', 'approve')).status, 404);
  assert.deepEqual(await entries('policy_approved'), []);
  assert.equal((await newest())?.revision, revisionOf(shipped));

  const approved = await answer('ben', request, 'approve');
  assert.deepEqual([approved.status, approved.body.state], [200, 'active'], JSON.stringify(approved.body));
  const now = await newest();
  assert.deepEqual([now?.revision, now?.by, now?.rights], [approved.body.revision, { principal: 'ana' }, read?.rights]);
  const [entry] = (await entries('policy_activated')).slice(-1);
  assert.deepEqual([entry.request, entry.approved_by, entry.actor], [request, ['ben'], { principal: 'ana' }]);
  assert.deepEqual((await told('policy.activated')).at(-1).approved_by, ['ben']);
  assert.equal((await answer('ben', request, 'approve')).status, 409, 'once');
});

test('what is denied, overtaken, taken back or asked for anew is not in force by any later approval', async () => {
  const denied = await put('ana', withLimit(20));
  assert.equal(await put('ben', withLimit(20)), denied, 'the same is asked for once, and is no approval');
  assert.equal((await answer('ben', denied, 'deny')).body.state, 'denied');
  assert.deepEqual([(await told('policy.denied'))[0].of, (await told('policy.denied'))[0].by], ['ana', 'ben']);
  assert.equal((await answer('ben', denied, 'approve')).status, 409);

  const [first, second, other] = [
    await put('ana', withLimit(30)),
    await put('ana', withLimit(31)),
    await put('ben', withLimit(32)),
  ];
  assert.equal(await state(first), 'denied', 'by what its author asked for next');
  assert.equal((await answer('ben', other, 'deny')).body.state, 'denied', 'taken back');
  const overtaken = await put('ben', withLimit(33));
  assert.equal((await answer('ben', second, 'approve')).body.state, 'active');
  assert.equal(await state(overtaken), 'overtaken');
  assert.equal((await answer('ana', overtaken, 'approve')).status, 409);
  assert.equal((await newest())?.revision, revisionOf(withLimit(31)));
});

test('of a denial and an approval at once one holds, and nothing denied is in force', async () => {
  const request = await put('ana', withLimit(40));
  const answers = await Promise.all([answer('ben', request, 'approve'), answer('ana', request, 'deny')]);
  const active = (await newest())?.revision === revisionOf(withLimit(40));
  assert.equal(await state(request), active ? 'active' : 'denied', JSON.stringify(answers));
});

test('the policy in force says who may approve, not the one that waits; the host goes back without anybody', async () => {
  const before = await newest();
  const opens = 'security: { groups: [security, dev], kinds: [human] }\nvisible: []\n';
  const request = await put('ana', withLimit(50, { 'settings/admin/data.yaml': opens }));
  assert.equal((await answer('dev', request, 'approve')).status, 403);
  assert.equal((await answer('ben', request, 'approve')).body.state, 'active');
  const files = before && (await revisions.files({ revision: before.revision }));
  assert.ok(files);
  wall = 'it opens too much';
  const actor = { operator: 'root@host' };
  assert.deepEqual(await activate({ files, actor }), { kind: 'refused', revision: revisionOf(files), problem: wall });
  judgedAs.length = 0;
  const back = await activate({ files, actor, rollback: true });
  wall = null;
  assert.deepEqual([back.kind, judgedAs], ['activated', [true]]);
  assert.match((await told('policy.activated')).at(-1).summary, /^rolled back: /);
});

test('by the page one goes back to an earlier policy, after a fresh sign-in, and waits for somebody else as with any other; not to one that others have overtaken meanwhile', async () => {
  const request = await put('ana', withLimit(55));
  assert.equal((await answer('ben', request, 'approve')).body.state, 'active');
  const before = await newest();
  const next = await put('ana', withLimit(56));
  assert.equal((await answer('ben', next, 'approve')).body.state, 'active');
  const [now, revision] = [(await newest())?.revision ?? '', before?.revision ?? ''];
  const page = async (user: string, path: string, form?: Record<string, string>) => {
    const answered = await fetch(`${url}${path}`, {
      ...{ method: form ? 'POST' : 'GET', redirect: 'manual', headers: { 'x-visitor': user } },
      ...(form && { body: new URLSearchParams(form) }),
    });
    return { status: answered.status, to: answered.headers.get('location'), text: await answered.text() };
  };
  const back = (user: string, to: string, expected: string) =>
    page(user, `/policy/revisions/${to}/activate`, { expected, opens: '' });

  assert.match((await page('ana', '/policy')).text, new RegExp(`href="/policy/revisions/${revision}"`));
  const asked = await page('ana', `/policy/revisions/${revision}`);
  assert.match(asked.text, /max_rows.*56 → 55/);
  assert.match(asked.text, new RegExp(`name="expected" value="${now}"`));
  assert.match(
    (await page('ana stale', `/policy/revisions/${revision}`)).text,
    /sign-in\/fresh\?to=\/policy\/revisions/,
  );
  assert.equal((await page('ana', `/policy/revisions/${'0'.repeat(64)}`)).status, 404);
  assert.equal((await page('ana', `/policy/revisions/${now}`)).status, 404, 'it is in force');
  for (const [user, status] of [
    ['dev', 403],
    ['ana stale', 403],
  ] as const)
    assert.equal((await back(user, revision, now)).status, status, user);
  assert.equal((await back('ana', '0'.repeat(64), now)).status, 404);
  assert.equal((await back('ana', revision, revision)).status, 409, 'another was in force when the page was made');
  assert.equal((await newest())?.revision, now);

  const gone = await back('ana', revision, now);
  const waiting = /^\/policy\/requests\/([0-9a-f]{12})$/.exec(gone.to ?? '')?.[1] ?? '';
  assert.equal(gone.status, 303, gone.text);
  assert.equal((await newest())?.revision, now, 'nothing is in force by being requested');
  assert.equal((await answer('ana', waiting, 'approve')).status, 403, 'their own');
  assert.equal((await answer('ben', waiting, 'approve')).body.state, 'active');
  assert.equal((await newest())?.revision, revision);
});

test('a directory only asks: each state of it once, and what is no policy is refused and told', async () => {
  const directory = await copyOfLean();
  endings.push(() => rm(directory, { recursive: true, force: true }));
  const limits = join(directory, 'settings/limits/data.yaml');
  await writeFile(limits, withLimit(60).get('settings/limits/data.yaml') ?? '');
  const before = await newest();
  const end = proposeFrom({
    ...{ source: makeDirectorySource(directory), name: `directory ${directory}` },
    ...{ activate, log: { info() {}, warn() {} } as never },
  });
  endings.push(end);
  const ofDirectory = async () =>
    (await entries('policy_requested')).filter(({ actor }) => actor.operator === `directory ${directory}`);
  const [entry] = await until('it is requested', async () => {
    const found = await ofDirectory();
    return found.length > 0 ? found : null;
  });
  assert.deepEqual([(await newest())?.seq, await state(entry.request)], [before?.seq, 'waiting']);
  await writeFile(limits, 'agent: 1\n');
  await until('it is refused', async () =>
    (await entries('policy_refused')).some(({ actor }) => actor?.operator === `directory ${directory}`),
  );
  await writeFile(limits, withLimit(61).get('settings/limits/data.yaml') ?? '');
  const [, next] = await until('the next is requested', async () => {
    const found = await ofDirectory();
    return found.length > 1 ? found : null;
  });
  assert.equal(await state(entry.request), 'denied');
  assert.equal((await answer('ana', next.request, 'approve')).body.state, 'active');
  assert.equal((await newest())?.content, contentHashOf(withLimit(61)));
  await end();
});

test('an upload whose body does not come holds up its author alone, and for no longer than it is there', async () => {
  const refused = (user: string) => ask(user, 'PUT', '/v1/policies', { files: {} });
  const slow = request(`${url}/v1/policies`, {
    method: 'PUT',
    headers: {
      authorization: 'Bearer ana',
      'content-type': 'application/json',
      'content-length': '1000',
      expect: '100-continue',
    },
  });
  slow.on('error', () => {});
  slow.write('{');
  await once(slow, 'continue');
  const answered = await refused('ana');
  assert.equal(answered.status, 429);
  assert.match(String(answered.body.message), /^Another upload of yours is under way/);
  assert.equal((await refused('ana2')).status, 429, 'whichever of their tokens');
  assert.deepEqual([(await refused('ben')).status, (await refused('dev')).status], [422, 403]);
  slow.destroy();
  await until('it is gone', async () => (await refused('ana')).status === 422);
});

test('a body of any number of keys is read where nobody waits for it', async () => {
  const body = `{"files":{${Array.from({ length: 60_000 }, (_, n) => `"f${n}.rego":""`)}}}`;
  const busy = async (work: () => unknown) => {
    const before = performance.eventLoopUtilization();
    await work();
    return performance.eventLoopUtilization(before).active;
  };
  const headers = { authorization: 'Bearer ana', 'content-type': 'application/json' };
  const send = () => fetch(`${url}/v1/policies`, { method: 'PUT', headers, body });
  let answer: Response | undefined;
  const sent = await busy(async () => {
    answer = await send();
  });
  assert.equal(answer?.status, 422);
  assert.match(await (answer?.text() ?? ''), /more than 20000 files/);
  assert.ok(sent < (await busy(() => readUpload(Buffer.from(body)))), 'this thread did not read it');
});

test('what a body has in place of what it should is refused by name, whatever its size', async () => {
  const large = 'x'.repeat(100_000);
  for (const [body, status, expected] of [
    [{ files: [large] }, 400, /files must be object/],
    [{ files: { 'a.rego': 1 } }, 400, /files must be object/],
    [{ expected: null }, 400, /must have required property 'files'/],
    [{ files: {}, [large]: 1 }, 400, /at most 1,000 characters/],
    [{ files: {}, extra: [[large]] }, 400, /additional properties/],
    [{ files: {}, opens: -1 }, 400, /opens must be >= 0/],
    [{ files: {}, opens: [[1]] }, 400, /opens must be integer/],
    [{ files: {}, expected: { a: large } }, 400, /expected must be/],
    [[], 400, /must have required property 'files'/],
    [{ files: { 'a.rego': 'package a\n' }, expected: large }, 409, /activated/],
    [{ files: { 'a.rego': 'package a\n' }, expected: '' }, 409, /activated/],
    [{ files: { 'a.rego': 'package a\n' }, expected: null }, 409, /activated/],
    [
      { files: { 'a.rego': 'package a\n' }, expected: String((await newest())?.revision).slice(0, 5) },
      409,
      /activated/,
    ],
  ] as const) {
    const answer = await ask('ana', 'PUT', '/v1/policies', body);
    assert.equal(answer.status, status, JSON.stringify(answer.body).slice(0, 300));
    assert.match(String(answer.body.message), expected);
  }
});

test('of two revisions that begin alike neither is shown by what they share', async () => {
  const shown = (revision: string) => ask('ana', 'GET', `/v1/policies/${revision}`);
  const one = String((await newest())?.revision);
  const digit = one[6] === '0' ? '1' : '0';
  assert.equal((await shown(one.slice(0, 6))).status, 200);
  await cluster.sql('INSERT INTO policy_revision (content, revision, files) VALUES ($1, $2, $3)', 'ledger', [
    'ab'.repeat(32),
    `${one.slice(0, 6)}${digit.repeat(58)}`,
    '{}',
  ]);
  assert.equal((await shown(one.slice(0, 6))).status, 404);
  assert.equal((await shown(one.slice(0, 7))).status, 200);
  assert.equal((await shown(one.slice(0, 5))).status, 400);
});

test('by the command line: what waits is listed and read through a gateway, approved and denied with a token', async () => {
  const request = await put('ana', withLimit(70));
  const token = join(await copyOfLean(), '..', `sudoql-token-${process.pid}`);
  endings.push(() => rm(token, { force: true }));
  const run = async (user: string, ...args: string[]) => {
    await writeFile(token, user);
    const io = { out: new PassThrough(), err: new PassThrough(), signal: new AbortController().signal };
    const code = await runCommand(['policy', ...args, '--gateway', url, '--token-file', token], io);
    return `${code} ${io.out.read() ?? ''}${io.err.read() ?? ''}`;
  };
  const listed = await run('ben', 'requests', request);
  assert.match(listed, new RegExp(`^0 ${request}  \\w{12}  .*  ana  waiting\n  changed settings/limits/data.yaml`));
  assert.match(listed, /\n {2}setting settings\.limits\.agent\.max_rows: 61 → 70\n/);
  assert.match(await run('ana', 'approve', request), /^1 .*own policy/);
  assert.match(await run('ben', 'approve', request), new RegExp(`^0 ${revisionOf(withLimit(70))} is in force\\.`));
  assert.match(await run('ben', 'deny', request), /^1 .*active/);
});
