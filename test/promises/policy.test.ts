// Promise 9: what becomes of a policy that is edited while the gateway runs, and of a gateway that has none.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { copyOfLean } from '../../services/policy/testing.ts';
import { until } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

let whole: Whole;
let policies: string;
const settings = () => join(policies, 'settings/elevation/data.yaml');
const rule = () => join(policies, 'sudoql/statement/rules/agents/agents.rego');

before(async () => {
  policies = await copyOfLean();
  whole = await startWhole({ policies });
});
after(async () => {
  await whole?.remove();
  await rm(policies, { recursive: true, force: true });
});

const revision = async (): Promise<string | undefined> =>
  /^sudoql_policy_info\{revision="(\w+)"\} 1$/m.exec(await (await fetch(`${whole.http}/metrics`)).text())?.[1];

test('promise 9: a broken edit does not go live: the last good revision stays, and people are told what and where', async () => {
  const good = await readFile(rule(), 'utf8');
  const before = await revision();
  await writeFile(rule(), `${good}\ndeny contains broken if input.principal.gruops == {}\n`);
  const refused = await until('the refusal is recorded', async () => (await whole.entries('policy_refused'))[0]);
  assert.match(String(refused.problem), /agents\.rego/);
  assert.equal(await revision(), before);
  const { ready, parts } = await whole.readyz();
  assert.equal(ready, true);
  assert.match(parts.policy?.detail ?? '', /agents\.rego/);
  const client = await whole.connect();
  assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1);
  await until('the security channel is told', async () =>
    whole.mailbox.mails.some(({ text }) => text.includes('agents.rego')),
  );
  await writeFile(rule(), good);
});

test('a function of the users’ own is refused in a read until policy vets it by the line that `sudoqld functions` prints', async () => {
  await whole.onTarget(
    "CREATE FUNCTION public.double(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2'; GRANT EXECUTE ON FUNCTION public.double TO PUBLIC",
  );
  const client = await whole.connect();
  const read = () =>
    client.query('SELECT public.double(21) AS n').then(
      ({ rows }) => rows[0].n,
      () => null,
    );
  assert.equal(await read(), null);
  const line = await until('the refusal is recorded', async () => {
    const printed = await whole.sudoqld('functions', '--target', 'shop');
    return printed.split('\n').find((each) => each.startsWith('- { targets'));
  });
  await writeFile(join(policies, 'settings/vetted/data.yaml'), `functions:\n  ${line}\n`);
  await until('the read is allowed', async () => (await read()) === 42);
  assert.match(await whole.sudoqld('functions', '--target', 'shop'), /refused for none/);
  await whole.onTarget(
    "CREATE OR REPLACE FUNCTION public.double(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 3'",
  );
  await until('another body is another function', async () => (await read()) === null);
});

test('promise 9: a good edit is live in running sessions, recorded and announced', async () => {
  const client = await whole.connect();
  await client.query("SELECT sudo('any reason will do')");
  await client.query('SELECT unsudo()');
  const before = await revision();
  const text = await readFile(settings(), 'utf8');
  await writeFile(
    settings(),
    text.replace(
      /^reasons: \[\]$/m,
      `reasons:
  - { targets: [shop], pattern: '^[A-Z]+-[0-9]+ ', form: a ticket like OPS-12 }`,
    ),
  );
  const entry = await until('the activation is recorded', async () =>
    (await whole.entries('policy_activated')).find(({ previous }) => previous === before),
  );
  assert.equal(await revision(), entry.revision);
  await assert.rejects(client.query("SELECT sudo('any reason will do')"), { code: '42501' });
  await client.query("SELECT sudo('OPS-12 fix it')");
  const started = (await whole.entries('elevation_started')).at(-1);
  assert.equal(started?.revision, entry.revision);
  await until('the security channel is told', async () =>
    whole.mailbox.mails.some(({ text: mail }) => mail.includes(String(entry.revision))),
  );
});

test('promise 9: with no usable policy the gateway is up, not ready, and lets nobody in', async () => {
  await whole.gateway.stop();
  await writeFile(rule(), 'package sudoql.nonsense\n\nthis is no rego');
  await whole.start({ ready: false });
  await until(
    'it says what is wrong',
    async () => (await whole.readyz()).parts.policy?.detail?.includes('agents.rego') ?? false,
  );
  assert.equal((await whole.readyz()).parts.policy?.ready, false);
  await assert.rejects(whole.connect(), { code: '57P03' });
  const authorization = `Bearer ${whole.tokens.sec}`;
  const { elevations } = (await (
    await fetch(`${whole.http}/v1/elevations`, { headers: { authorization } })
  ).json()) as { elevations: unknown[] };
  assert.deepEqual(elevations, [], 'nobody may see anything');
});
