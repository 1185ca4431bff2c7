// `policy.source: database`: two gateways, one ledger.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { makeDirectorySource } from '../../services/policy/source/directory-source.ts';
import { copyOfLean } from '../../services/policy/testing.ts';
import { parse, stringify } from 'yaml';
import { sudoqld } from '../demo/gateway-process.ts';
import { until } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';
import { type Replica, startReplica } from './replica.ts';

let whole: Whole;
let other: Replica;
let policies: string;
const endings: (() => Promise<unknown>)[] = [];

before(async () => {
  policies = await copyOfLean();
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
const shown = async (http: string) => ({
  detail: ((await (await fetch(`${http}/readyz`)).json()) as { parts: Record<string, { detail: string | null }> }).parts
    .policy?.detail,
  refused: /^sudoql_policy_refused (\d)$/m.exec(await (await fetch(`${http}/metrics`)).text())?.[1],
});
const everywhere = (revision: string) =>
  until(`${revision} is in force on both`, async () =>
    (await Promise.all([whole.http, other.http].map(inForce))).every((one) => one === revision),
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
  assert.match(String(body.summary), /^changed settings\/limits\/data\.yaml; limits\.[^;]* → [^;]*/);
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
    [body.revision, before, { principal: 'sec' }, body.summary],
  );
  await until('the security channel is told', async () =>
    whole.mailbox.mails.some(({ text }) => text.includes(String(body.revision))),
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
    [{ 'big.rego': `package big\n${'#'.repeat(10 * 1_024 ** 2)}` }, /big\.rego.*too_large/],
    [{ 'x.rego': 'package x\n\na := "\ud800"\n' }, /x\.rego.*not_utf8/],
    [{ 'x.rego': 'package x\n\na := "\u0000"\n' }, /x\.rego:3/],
    [{ 'x.rego': 'package x\n\na if b\n\nb if a\n' }, /recursive/],
    [{ 'sudoql/statement/data.yaml': 'decision: { allow: true }\n' }, /conflict/],
    [{ 'settings/bomb/data.yaml': 'a: &a [1]\nb: [*a, *a]\n' }, /aliases/],
    [
      { 'sudoql/statement/rules/x/x.rego': 'package sudoql.statement.rules.x\n\ndeny if input.mode == "write"\n' },
      /x\.rego:3:1: deny is a boolean/,
    ],
    [{ 'sudoql/admin/rules/x/data.yaml': 'permit: true\n' }, /x\/data\.yaml:1:1: .* is for rules/],
    [{ 'names/data.json': '{"a": 1, "a": 2}' }, /names\/data\.json:1:10: the key "a" is there twice/],
    [{ 'names/data.json': '{"a": 1e999}' }, /not a number that can be kept/],
    [
      { 'schemas/settings.json': '{}', 'settings/ddl/data.yaml': 'enabled: true\ngruops: []\n' },
      /settings\.ddl lacks groups/,
    ],
  ] as const) {
    const { status, body } = await put('sec', { files: await files(change) });
    assert.deepEqual([status, body.code], [422, 'policy_refused']);
    assert.match(body.message ?? '', expected);
  }
  assert.equal((await put('sec', { files: 'all' })).status, 400);
  const none = await put('sec', { files: {} });
  assert.deepEqual([none.status, none.body.message], [422, 'there is no .rego file (no_policy)']);
  // Latin-1 for an umlaut: in JSON by default read as U+FFFD, and so another policy than the one that was sent.
  const latin = Buffer.from(JSON.stringify({ files: await files({ 'x.rego': 'package x\n\n# \u00fc\n' }) }), 'latin1');
  const unread = await ask('sec', '/v1/policies', { method: 'PUT', body: latin });
  assert.deepEqual(
    [unread.status, unread.body.code, unread.body.message],
    [400, 'invalid_request', 'The body is not UTF-8.'],
  );
  // The last of two would be another policy than the one that whoever reads the first sees.
  const twice = Buffer.from('{"files": {"a.rego": "package a", "a.rego": "package b"}}');
  const both = await ask('sec', '/v1/policies', { method: 'PUT', body: twice });
  assert.deepEqual(
    [both.status, both.body.message],
    [400, 'The body, at character 35: the key "a.rego" is there twice.'],
  );
  assert.equal(await inForce(whole.http), before);
  const refused = await whole.entries('policy_refused');
  assert.deepEqual(
    refused.map(({ actor }) => actor),
    Array.from({ length: 17 }, () => ({ principal: 'sec' })),
  );
  await until('the security channel is told of each, with the reason', async () =>
    ['agents.rego', 'bad_path', 'recursive', 'aliases', 'no_policy'].every((reason) =>
      whole.mailbox.mails.some(({ text }) => text.includes(reason)),
    ),
  );
  for (const http of [whole.http, other.http]) {
    const said = await until('every gateway says so', async () => {
      const now = await shown(http);
      return now.refused === '1' && now.detail?.includes('no_policy') ? now : null;
    });
    assert.match(said.detail ?? '', /^the last candidate \(20\S+Z\) was refused: there is no \.rego file/);
  }
  const mended = await put('sec', { files: await files(await withRows(11)) });
  await everywhere(String(mended.body.revision));
  for (const http of [whole.http, other.http])
    await until('it is over with the next activation', async () => {
      const now = await shown(http);
      return now.refused === '0' && now.detail === null;
    });
});

test('of two activations at once one wins, and both authors are told', async () => {
  const before = await inForce(whole.http);
  const [one, two] = [await files(await withRows(20)), await files(await withRows(21))];
  const answers = await Promise.all([
    put('sec', { files: one, expected: before?.slice(0, 12) }, whole.http),
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
  const told = (await whole.entries('policy_refused')).slice(-2).map(({ problem }) => String(problem));
  assert.deepEqual(
    told.map((problem) => problem.includes(`sec activated ${won} meanwhile`)),
    [true, true],
  );
});

test('on the host as well: who saw another policy in force, and who is overtaken by an upload, are told by whom, and nothing changes', async () => {
  const before = String(await inForce(whole.http));
  const mine = await copyOfLean();
  endings.push(() => rm(mine, { recursive: true, force: true }));
  await writeFile(join(mine, 'settings/limits/data.yaml'), (await withRows(23))['settings/limits/data.yaml']);
  const [first] = await activations();
  const stale = await whole.sudoqld('policy', 'activate', mine, '--expected', String(first?.revision)).then(
    () => 'activated',
    (error: Error) => error.message,
  );
  assert.match(stale, new RegExp(`ended with 1[\\s\\S]*Nothing was changed\\. sec activated ${before} at`));
  assert.equal(await inForce(whole.http), before);

  const [onHost, uploaded] = await Promise.all([
    whole.sudoqld('policy', 'activate', mine).catch((error: Error) => error.message),
    put('sec', { files: await files(await withRows(24)) }),
  ]);
  const won = String((await activations()).at(-1)?.revision);
  await everywhere(won);
  // Whichever was first; both when one was over before the other began.
  if (uploaded.status === 409) assert.match(uploaded.body.message ?? '', new RegExp(`^\\S+@\\S+ activated ${won}`));
  else assert.match(onHost, /is in force|Nothing was changed\. sec activated/);
});

test('statements on both gateways go on while policies are activated, and no session ever goes back to an older revision', async () => {
  const clients = await Promise.all([whole.connect(), whole.connect('ben'), other.connect(), other.connect('ben')]);
  let running = true;
  const failed: unknown[] = [];
  const load = clients.map(async (client, n) => {
    const text = `SELECT status AS load_${n} FROM orders WHERE id = $1`;
    while (running) {
      await client.query(text, [7]).catch((error: unknown) => failed.push(error));
      // As fast as they can, they would take the processor from what is judged meanwhile.
      await setTimeout(20);
    }
  });
  const activated: string[] = [];
  for (const rows of [40, 41, 42]) {
    const { body } = await put('sec', { files: await files(await withRows(rows)) }, rows % 2 ? other.http : whole.http);
    activated.push(String(body.revision));
    await everywhere(String(body.revision));
  }
  running = false;
  await Promise.all(load);
  await Promise.all(clients.map((client) => client.query('SELECT status AS load_9 FROM orders WHERE id = 7')));
  await Promise.all(clients.map((client) => client.end()));
  assert.deepEqual(failed, []);
  const of = await until('all is recorded', async () => {
    const all = (await whole.entries('statement_intent')).filter(({ normalized }) =>
      /load_\d/.test(String(normalized)),
    );
    return all.filter(({ normalized }) => /load_9/.test(String(normalized))).length === 4 ? all : null;
  });
  for (const [, intents] of Map.groupBy(of, ({ session }) => String(session))) {
    const places = intents.map(({ revision }) => activated.indexOf(String(revision)));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
      'in the order in which they were activated',
    );
    assert.equal(places.at(-1), 2);
  }
});

test('a notification that is lost costs a heartbeat, no more', async () => {
  const [older, now] = (await activations()).slice(-2);
  await whole.onLedger(
    `INSERT INTO policy_activation (revision, content, kind, actor)
     SELECT revision, content, 'rolled_back', '{"operator":"test"}' FROM policy_revision WHERE revision = $1 LIMIT 1`,
    [older?.revision],
  );
  await everywhere(String(older?.revision));
  // What a gateway that watches a directory tells of it is none of theirs, by whatever mistake it is on the same ledger.
  await whole.onLedger(
    `INSERT INTO policy_activation (revision, content)
     SELECT revision, content FROM policy_activation WHERE revision = $1 LIMIT 1`,
    [now?.revision],
  );
  await whole.sudoqld('policy', 'rollback');
  await everywhere(String(now?.revision));
  assert.deepEqual(
    (await whole.entries('policy_activated')).at(-1)?.previous,
    older?.revision,
    'it was not in force when it was gone back to',
  );
});

test('a policy that denies everyone its own repair is undone on the host, as the operator', async () => {
  const before = await inForce(whole.http);
  const locked = await files({
    'settings/admin/data.yaml': 'security: { groups: [nobody], kinds: [human] }\nvisible: []\n',
  });
  const { body } = await put('sec', { files: locked });
  await everywhere(String(body.revision));
  const rights = body.rights as string[];
  assert.ok(rights.some((line) => /^sec and group:security can no longer do .*policy\.activate\b/.test(line)));
  assert.ok(rights.some((line) => /^group:nobody can now do .*policy\.activate\b/.test(line)));
  assert.equal((await put('sec', { files: await files() })).status, 403, 'it is locked');

  const printed = JSON.parse(await whole.sudoqld('policy', 'rollback', '--json')) as Record<string, string> & {
    rights?: string[];
  };
  assert.deepEqual([printed.kind, printed.revision, printed.previous], ['activated', before, body.revision]);
  await everywhere(String(before));
  const again = printed.rights?.find((line) => /^sec and group:security can now do .*policy\.activate\b/.test(line));
  assert.ok(again);
  assert.deepEqual((await whole.entries('policy_activated')).at(-1)?.rights, printed.rights);
  await until('the security channel is told what everybody can do now', async () =>
    whole.mailbox.mails.some(({ text }) => text.includes(again)),
  );
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
  assert.match(history, new RegExp(`^  ${again}$`, 'm'));
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
  const detail = await until('it says so', async () => {
    const { parts } = (await (await fetch(`${other.http}/readyz`)).json()) as {
      parts: Record<string, { ready: boolean; detail: string | null }>;
    };
    return parts.policy?.ready ? parts.policy.detail : null;
  });
  assert.match(detail, new RegExp(`${'ab'.repeat(32)}[\\s\\S]*In force instead: ${good}`));
  assert.equal(await inForce(other.http), good);
  assert.equal((await (await other.connect()).query('SELECT 1 AS one')).rows[0].one, 1);

  // Two further on: what is on its disk was superseded, and no start brings it back.
  await other.stop();
  await whole.onLedger(
    `INSERT INTO policy_activation (revision, actor) VALUES ('${'cd'.repeat(32)}', '{"operator":"test"}')`,
  );
  await other.start('livez');
  await until('it is not ready', async () => /cdcdcd/.test(await (await fetch(`${other.http}/readyz`)).text()));
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
  await whole.onLedger(
    `INSERT INTO policy_activation (revision, content, actor) VALUES ('${content}', '${content}', '{"operator":"test"}')`,
  );
  await until('it is told', async () =>
    /are not those that its hash names/.test(await (await fetch(`${other.http}/readyz`)).text()),
  );
  assert.equal(await inForce(other.http), good);
  await whole.sudoqld('policy', 'rollback');
  await everywhere(String(good));
});

test('notices that were told are pruned with the months before; without --apply they are counted', async () => {
  const notices = async () =>
    (await whole.onLedger('SELECT state, count(*)::int FROM notice_state GROUP BY 1 ORDER BY 1')) as {
      state: string;
      count: number;
    }[];
  await until('all is told', async () => (await notices()).every(({ state }) => state === 'delivered'));
  const [told] = await notices();
  assert.ok(told && told.count > 0);
  const prune = (...more: string[]) => whole.sudoqld('ledger', 'prune', '--before', '2020-01', ...more);
  assert.match(await prune(), /There is nothing before 2020-01/);
  await whole.onLedger("UPDATE notice SET created_at = '2019-12-31T23:59:59Z'");
  assert.equal(JSON.parse(await prune('--json')).notices, told.count);
  assert.match(
    await prune(),
    new RegExp(`^${told.count} notices from before 2020-01 would be removed \\(--apply\\)`, 'm'),
  );
  assert.deepEqual(await notices(), [told]);
  assert.match(await prune('--apply'), new RegExp(`^${told.count} notices from before 2020-01 were removed`, 'm'));
  assert.deepEqual(await notices(), []);
});

test('refused and superseded policies are pruned with the ledger, by the owner, once they are old enough', async () => {
  const good = await inForce(other.http);
  const config = parse(await readFile(whole.files.config, 'utf8')) as { policy: object };
  const eager = join(dirname(whole.files.config), 'eager.yaml');
  await writeFile(eager, stringify({ ...config, policy: { ...config.policy, retention: '0s' } }));
  const prune = (file: string, ...more: string[]) =>
    sudoqld({ ...whole.files, config: file }, 'ledger', 'prune', '--before', '2020-01', ...more);
  assert.equal(
    JSON.parse(await prune(whole.files.config, '--json')).policies,
    0,
    'a year, where nothing is configured',
  );
  const stored = async () => Number((await whole.onLedger('SELECT count(*) FROM policy_revision'))[0]?.count);
  const before = await stored();
  const { policies: found } = JSON.parse(await prune(eager, '--json')) as { policies: number };
  assert.ok(found >= 3, String(found));
  assert.equal(await stored(), before);
  assert.match(await prune(eager, '--apply'), new RegExp(`${found} stored policies from before .* were removed`));
  assert.equal(await stored(), before - found);
  const [entry] = await whole.entries('policies_pruned');
  assert.equal((entry?.contents as unknown[] | undefined)?.length, found);
  assert.match(await whole.sudoqld('ledger', 'show', '--kind', 'policies_pruned'), /stored policies from before/);

  // What decided, what is in force and what was before it can still be had.
  const report = JSON.parse(
    await whole.sudoqld(
      'policy',
      'replay',
      '--since',
      '1h',
      '--decided-by',
      String(good),
      '--revision',
      String(good),
      '--json',
    ),
  ) as { evaluated: number; flips: object };
  assert.ok(report.evaluated > 0);
  assert.deepEqual(report.flips, {});
  const decided = await whole.onLedger(
    `SELECT DISTINCT body::jsonb ->> 'revision' AS revision FROM entry WHERE jsonb_typeof(body::jsonb -> 'decided') = 'object'`,
  );
  for (const { revision } of decided) await whole.sudoqld('policy', 'show', String(revision), '--json');
});
