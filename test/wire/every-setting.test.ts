// Every setting that a session may touch, by every way to it, in both modes, beside PostgreSQL's own answers: the same, or refused
// with the reason. None is taken and passed over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { startVersion, VERSIONS } from '../helpers/debian-postgres.ts';
import { sampled } from '../helpers/sample.ts';
import { query, Raw, run, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

interface Swept {
  stage: Stage;
  all: Setting[];
  /** Of all: every one within a week, each day in both modes and by every way. */
  settings: readonly Setting[];
}

interface Setting {
  name: string;
  value: string;
}

const swept = new Map<number, Swept>();

async function prepare(version: number): Promise<void> {
  const cluster = await startVersion(version);
  const stage = await makeStage({ policy: openPolicy(), schema: 'CREATE TABLE items (id int)', cluster });
  const rows = await stage.rows(
    "SELECT name, setting FROM pg_settings WHERE context IN ('user', 'superuser') ORDER BY name",
  );
  const all = rows.map(({ name, setting }) => ({ name: String(name), value: String(setting) }));
  swept.set(version, { stage, all, settings: sampled(all, 7) });
}

function on(version: number): Swept {
  const found = swept.get(version);
  assert.ok(found);
  return found;
}

before(async () => {
  for (const version of VERSIONS) await prepare(version);
});
after(async () => {
  for (const { stage } of swept.values()) await stage.remove();
});

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** What is sent for one setting, one ReadyForQuery each; the last shows it. */
type Way = (name: string, value: string) => Buffer[];

const WAYS: Record<string, Way> = {
  SET: (name, value) => [query(`SET ${name} = ${quoted(value)}`)],
  'SET LOCAL': (name, value) => [query('BEGIN'), query(`SET LOCAL ${name} = ${quoted(value)}`), query('COMMIT')],
  set_config: (name, value) => [query(`SELECT set_config('${name}', ${quoted(value)}, false)`)],
  'set_config, bound': (name, value) => [Buffer.concat([run('SELECT set_config($1, $2, false)', [name, value]), SYNC])],
  RESET: (name) => [query(`RESET ${name}`)],
};

/** sudoql's own, and never PostgreSQL's. */
const REFUSED =
  /^E\(42501 (this setting|which setting|SET ROLE|SET SESSION|session_replication_role|sudoql puts who you are)/;

/** Of the gateway's own making: what is put before a name, who the login is, and limits that it sets where nobody else does. */
const OTHERWISE =
  /^(application_name|.*_timeout|client_connection_check_interval|tcp_user_timeout|role|session_authorization)$/;

async function play(raw: Raw, messages: Buffer[], name: string): Promise<string[]> {
  const words: string[] = [];
  for (const message of messages) words.push(...(await raw.ask(message)));
  if (words.at(-1) !== 'Z(I)') await raw.ask(query('ROLLBACK'));
  return OTHERWISE.test(name) ? words : [...words, ...(await raw.ask(query(`SHOW ${name}`)))];
}

/** What each is after a start with these options, or the one error. */
async function shown(config: pg.ClientConfig, names: string[], options: string): Promise<string[]> {
  const client = new pg.Client({ ...config, options });
  client.on('error', () => {});
  try {
    await client.connect();
    const values: string[] = [];
    for (const name of names) values.push(String(Object.values((await client.query(`SHOW ${name}`)).rows[0])[0]));
    return values;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return [`${code} ${message}`];
  } finally {
    await client.end().catch(() => {});
  }
}

/** Settings in one startup packet: what differs, or does not start, is asked for again by itself. */
const TOGETHER = 6;

for (const [version, mode] of VERSIONS.flatMap((each) => [[each, 'read'] as const, [each, 'write'] as const])) {
  for (const [way, messages] of Object.entries(WAYS)) {
    test(`promise 11: on ${version} in ${mode} mode every setting, by ${way}, is as directly or refused in words`, async () => {
      const { stage, settings } = on(version);
      const direct = await Raw.open(stage.past(mode === 'read' ? 'reader' : 'writer'));
      const through = await Raw.open(stage.through());
      if (mode === 'write') await through.ask(query("SELECT sudo('every setting')"));
      const different: string[] = [];
      for (const { name, value } of settings) {
        // In read mode a quiet no-op: read-only.test.ts.
        if (mode === 'read' && /transaction_read_only$/.test(name)) continue;
        const expected = await play(direct, messages(name, value), name);
        const heard = await play(through, messages(name, value), name);
        if (heard.some((word) => REFUSED.test(word))) continue;
        if (JSON.stringify(heard) !== JSON.stringify(expected))
          different.push(`${name} = ${value}: ${heard.join(' ')} instead of ${expected.join(' ')}`);
      }
      assert.deepEqual(different, []);
      direct.destroy();
      through.destroy();
    });
  }

  test(`promise 11: on ${version} in ${mode} mode every setting of the startup packet counts, or is refused in words`, async () => {
    const { stage, settings } = on(version);
    const different: string[] = [];
    const reason = mode === 'read' ? '' : ' -c sudoql.reason=settings';
    const compare = async (some: readonly Setting[]): Promise<void> => {
      const names = some.map(({ name }) => name);
      const options = some.map(({ name, value }) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`).join(' ');
      const heard = await shown(stage.through(), names, options + reason);
      const expected = await shown(stage.past(mode === 'read' ? 'reader' : 'writer'), names, options);
      if (heard.length === some.length && heard.join('\n') === expected.join('\n')) return;
      if (some.length > 1) {
        for (const one of some) await compare([one]);
        return;
      }
      if (/^28000 (the setting .* is not taken at startup|a session starts in read mode)/.test(heard.join())) return;
      if (heard.join() !== expected.join()) different.push(`${options}: ${heard} instead of ${expected}`);
    };
    const asked = settings.filter(({ name }) => !OTHERWISE.test(name));
    for (let from = 0; from < asked.length; from += TOGETHER) await compare(asked.slice(from, from + TOGETHER));
    assert.deepEqual(different, []);
  });
}

test('in write mode only what is the gateway’s is refused, and each is known', async () => {
  const { stage, all } = on(18);
  const through = await Raw.open(stage.through());
  await through.ask(query("SELECT sudo('every setting')"));
  const refused: string[] = [];
  for (const { name, value } of all)
    if ((await play(through, [query(`SET ${name} = ${quoted(value)}`)], name)).some((word) => REFUSED.test(word)))
      refused.push(name);
  through.destroy();
  const known =
    /^(allow_system_table_mods|backslash_quote|client_connection_check_interval|dynamic_library_path|[a-z]+_preload_libraries|log_[a-z_]+|session_replication_role|tcp_[a-z_]+)$/;
  assert.ok(refused.length > 20);
  assert.deepEqual(
    refused.filter((name) => !known.test(name)),
    [],
  );
});
