// `policy.source: database`: two gateways, one ledger.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeDirectorySource } from '../../services/policy/directory-source.ts';
import { copyOfShipped } from '../../services/policy/testing.ts';
import { until } from '../helpers/demo.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';
import { type Replica, startReplica } from './replica.ts';

let whole: Whole;
let other: Replica;
let policies: string;
const endings: (() => Promise<unknown>)[] = [];
/** Judging a policy takes seconds on a busy machine. */
const PATIENCE_MS = 90_000;

before(async () => {
  policies = await copyOfShipped();
  endings.push(() => rm(policies, { recursive: true, force: true }));
  whole = await startWhole({ activated: policies });
  endings.push(() => whole.remove());
  other = await startReplica(whole, 'other');
  endings.push(() => other.stop());
});
after(async () => {
  for (const end of endings.reverse()) await end();
});

const files = async (change: Record<string, string> = {}): Promise<Record<string, string>> => {
  const found = await makeDirectorySource(policies).read();
  assert.ok(found.ok);
  return { ...Object.fromEntries(found.files), ...change };
};
/** Another number of rows for agents: another revision that passes all tests. */
const withRows = async (rows: number) => ({
  'settings/limits/data.yaml': `human: {}\nservice: {}\nagent: { max_rows: ${rows}, max_bytes: 4194304, timeout_ms: 30000 }\n`,
});
interface Answer {
  status: number;
  body: Record<string, unknown> & { code?: string; message?: string; revision?: string };
}
const ask = async (user: string | null, path: string, init: RequestInit = {}, http = whole.http): Promise<Answer> => {
  const authorization: Record<string, string> = user ? { authorization: `Bearer ${whole.tokens[user]}` } : {};
  const answer = await fetch(`${http}${path}`, {
    ...init,
    headers: { 'content-type': 'application/json', ...authorization },
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
};
const put = (user: string | null, body: unknown, http?: string) =>
  ask(user, '/v1/policies', { method: 'PUT', body: JSON.stringify(body) }, http);
const inForce = async (http: string): Promise<string | undefined> =>
  /^sudoql_policy_info\{revision="(\w+)"\} 1$/m.exec(await (await fetch(`${http}/metrics`)).text())?.[1];
const everywhere = (revision: string) =>
  until(
    `${revision} is in force on both`,
    async () => (await Promise.all([whole.http, other.http].map(inForce))).every((one) => one === revision),
    PATIENCE_MS,
  );
const activations = async () =>
  whole.onLedger('SELECT revision, kind, actor, summary FROM policy_activation ORDER BY seq');

test('an activation by one who may is in force on every gateway, recorded, announced and named by decisions, /readyz and sudo_status()', async () => {
  const client = await other.connect();
  const before = await inForce(whole.http);
  // The very first one was activated on the host, when there was nothing that could permit it.
  assert.match(JSON.stringify((await activations())[0]?.actor), /^\{"operator":"/);
  const { status, body } = await put('sec', { files: await files(await withRows(10)), expected: before });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.previous, before);
  assert.equal(body.summary, 'changed settings/limits/data.yaml');
  await everywhere(String(body.revision));

  await client.query('SELECT 1');
  const { rows } = await client.query('SELECT sudo_status()');
  assert.equal(JSON.parse(rows[0].sudo_status).revision, body.revision);
  assert.match(
    JSON.stringify(await (await fetch(`${other.http}/readyz`)).json()),
    new RegExp(`"revision":"${body.revision}"`),
  );
  const intent = await until('the statement is recorded', async () =>
    (await whole.entries('statement_intent')).find(({ revision }) => revision === body.revision),
  );
  assert.equal(intent.normalized, 'select $1');
  const entry = (await whole.entries('policy_activated')).at(-1);
  assert.deepEqual(
    [entry?.revision, entry?.previous, entry?.actor, entry?.summary],
    [body.revision, before, { principal: 'sec' }, 'changed settings/limits/data.yaml'],
  );
  await until(
    'the security channel is told',
    async () => whole.mailbox.mails.some(({ text }) => text.includes(String(body.revision))),
    10_000,
  );
  assert.equal((await put('sec', { files: await files(await withRows(10)) })).body.changed, false, 'again is no news');
});

test('who may not activate or read policies is refused before a byte of the upload is looked at', async () => {
  const before = await activations();
  for (const user of ['ana', 'app', 'robot']) {
    assert.equal((await put(user, 'x'.repeat(2_000_000))).status, 403, user);
    assert.equal((await ask(user, '/v1/policies')).status, 403, user);
  }
  assert.equal((await put(null, { files: {} })).status, 401);
  assert.deepEqual(await activations(), before);
});

test('promise 9: what does not pass the gates is refused with its place, recorded and announced, and the policy in force stays', async () => {
  const before = await inForce(whole.http);
  const rule = 'sudoql/statement/rules/agents/agents.rego';
  const good = (await files())[rule] ?? '';
  for (const [change, expected] of [
    [{ [rule]: `${good}\ndeny contains x if input.principal.gruops == x\n` }, /agents\.rego:\d+/],
    [{ 'settings/limits/data.yaml': 'human: {}\n' }, /settings\/limits/],
    [{ '../outside.rego': 'package x' }, /bad_path/],
    [{ 'notes.txt': 'x' }, /not_read/],
    [{ 'settings/limits/data.yaml': `a: ${'x'.repeat(300_000)}` }, /too_large/],
  ] as const) {
    const { status, body } = await put('sec', { files: await files(change) });
    assert.deepEqual([status, body.code], [422, 'policy_refused']);
    assert.match(body.message ?? '', expected);
  }
  assert.equal((await put('sec', { files: 'all' })).status, 400);
  assert.equal((await put('sec', { files: {} })).status, 422);
  assert.equal(await inForce(whole.http), before);
  const refused = (await whole.entries('policy_refused')).map(({ actor }) => actor);
  assert.deepEqual(
    refused,
    [{ principal: 'sec' }, { principal: 'sec' }],
    'what a gate refused; the rest was no policy',
  );
  await until(
    'the security channel is told',
    async () => whole.mailbox.mails.some(({ text }) => text.includes('agents.rego')),
    10_000,
  );
});

test('of two activations at once one wins, and both authors are told', async () => {
  const before = await inForce(whole.http);
  const [one, two] = [await files(await withRows(20)), await files(await withRows(21))];
  const answers = await Promise.all([
    put('sec', { files: one, expected: before }, whole.http),
    put('sec', { files: two, expected: before }, other.http),
  ]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409], JSON.stringify(answers));
  const won = answers.find(({ status }) => status === 200)?.body.revision ?? '';
  const lost = answers.find(({ status }) => status === 409)?.body;
  assert.equal(lost?.code, 'policy_overtaken');
  assert.match(lost?.message ?? '', new RegExp(`sec activated ${won}`));
  await everywhere(won);
  assert.equal((await activations()).filter(({ revision }) => revision === won).length, 1);

  const late = await put('sec', { files: await files(await withRows(22)), expected: before });
  assert.deepEqual([late.status, late.body.code], [409, 'policy_overtaken'], 'so is who comes after it');
});

test('a policy that denies everyone its own repair is undone on the host, as the operator', async () => {
  const before = await inForce(whole.http);
  const locked = await files({
    'settings/admin/data.yaml': 'security: { groups: [nobody], kinds: [human] }\nvisible: []\n',
  });
  const { body } = await put('sec', { files: locked });
  await everywhere(String(body.revision));
  assert.equal((await put('sec', { files: await files() })).status, 403, 'it is locked');

  const printed = JSON.parse(await whole.sudoqld('policy', 'rollback', '--json')) as Record<string, string>;
  assert.deepEqual([printed.kind, printed.revision, printed.previous], ['activated', before, body.revision]);
  await everywhere(String(before));
  const last = (await activations()).at(-1);
  assert.equal(last?.kind, 'rolled_back');
  assert.match(JSON.stringify(last?.actor), /^\{"operator":"/);
  assert.match(String((await whole.entries('policy_activated')).at(-1)?.summary), /^rolled back: changed/);
  const repaired = await put('sec', { files: await files(await withRows(30)) });
  assert.equal(repaired.status, 200);
  await everywhere(String(repaired.body.revision));

  const history = await whole.sudoqld('policy', 'history');
  assert.match(history, /rolled back +operator /);
  assert.match(history, /activated +sec /);
  const shown = await whole.sudoqld(
    'policy',
    'show',
    String(before).slice(0, 8),
    '--file',
    'settings/limits/data.yaml',
  );
  assert.match(shown, /max_rows/);
  const { body: listed } = await ask('sec', '/v1/policies?limit=2');
  assert.equal((listed.activations as { revision: string }[])[1]?.revision, before);
  const { body: one } = await ask('sec', `/v1/policies/${String(before).slice(0, 10)}`);
  assert.equal(one.revision, before);
  assert.equal((one.files as Record<string, string>)['settings/limits/data.yaml'], shown);
  assert.equal((await ask('sec', '/v1/policies/0123456789')).status, 404);
});

test('promise 9: started with an activated policy that it cannot use, a gateway serves its last good one from disk and says so; with none, it denies all', async () => {
  const good = await inForce(other.http);
  const [newest] = await whole.onLedger('SELECT max(seq)::int AS seq FROM policy_activation');
  await until('it kept it', async () =>
    (await readFile(join(other.cache, 'last-good.json'), 'utf8').catch(() => '')).startsWith(`{"seq":${newest?.seq},`),
  );
  await other.stop();
  // As a newer version's policy would be to an older gateway: it does not compile here.
  await whole.onLedger(
    `INSERT INTO policy_activation (revision, actor) VALUES ('${'ab'.repeat(32)}', '{"operator":"test"}')`,
  );
  await other.start('livez');
  const detail = await until(
    'it says so',
    async () => {
      const { parts } = (await (await fetch(`${other.http}/readyz`)).json()) as {
        parts: Record<string, { ready: boolean; detail: string | null }>;
      };
      return parts.policy?.ready ? parts.policy.detail : null;
    },
    PATIENCE_MS,
  );
  assert.match(detail, new RegExp(`${'ab'.repeat(32)}[\\s\\S]*In force instead: ${good}`));
  assert.equal(await inForce(other.http), good);
  assert.equal((await (await other.connect()).query('SELECT 1 AS one')).rows[0].one, 1);

  // Two further on: what is on its disk was superseded, and no start brings it back.
  await other.stop();
  await whole.onLedger(
    `INSERT INTO policy_activation (revision, actor) VALUES ('${'cd'.repeat(32)}', '{"operator":"test"}')`,
  );
  await other.start('livez');
  await until(
    'it is not ready',
    async () => /cdcdcd/.test(await (await fetch(`${other.http}/readyz`)).text()),
    PATIENCE_MS,
  );
  assert.equal(await inForce(other.http), undefined);
  await assert.rejects(other.connect(), { code: '57P03' });
  assert.equal(await inForce(whole.http), good, 'one that ran all along goes on with the last good one');

  await whole.sudoqld('policy', 'rollback', String(good));
  await everywhere(String(good));
});

test('promise 9: stored files that are not what their hash says are not used', async () => {
  const good = await inForce(other.http);
  const content = 'ef'.repeat(32);
  await whole.onLedger(
    `INSERT INTO policy_revision (content, revision, files) VALUES ('${content}', '${content}', '{}')`,
  );
  await whole.onLedger(`INSERT INTO policy_activation (revision, content) VALUES ('${content}', '${content}')`);
  await until(
    'it is told',
    async () => /are not those that its hash names/.test(await (await fetch(`${other.http}/readyz`)).text()),
    PATIENCE_MS,
  );
  assert.equal(await inForce(other.http), good);
  await whole.sudoqld('policy', 'rollback');
  await everywhere(String(good));
});
