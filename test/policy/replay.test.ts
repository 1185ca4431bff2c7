// Replay, export, shadow and the gate of flips, on decisions that a real gateway made.
import assert from 'node:assert/strict';
import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import { copyOfLean, shippedDirectory } from '../../services/policy/testing.ts';
import type { ReplayReport } from '../../services/policy/replay/replay.ts';
import { runCommand } from '../../services/gateway/cli/program.ts';
import { CommandEnded } from '../demo/gateway-process.ts';
import { until } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

let whole: Whole;
let revision: string;
/** A directory with other settings: nobody may read orders, no whole-table rule, other limits for agents, nobody administers. */
let other: string;
const endings: (() => Promise<unknown>)[] = [];

before(async () => {
  const shipped = await copyOfLean();
  other = await copyOfLean();
  for (const directory of [shipped, other]) endings.push(() => rm(directory, { recursive: true, force: true }));
  await writeFile(
    join(shipped, 'settings/elevation/data.yaml'),
    (await readFile(join(shipped, 'settings/elevation/data.yaml'), 'utf8')).replace(
      /^reasons: \[\]$/m,
      `reasons: [{ targets: [shop], pattern: '^[A-Z]+-[0-9]+ ', form: a ticket }]`,
    ),
  );
  await writeFile(join(other, 'settings/whole_table/data.yaml'), 'enabled: false\nallowed: []\n');
  await writeFile(
    join(other, 'settings/protected/data.yaml'),
    'relations: [{ patterns: ["public.orders"], access: [select], targets: ["*"], groups: [security] }]\n',
  );
  await writeFile(
    join(other, 'settings/protected_columns/data.yaml'),
    'columns: [{ patterns: ["public.people.email"], access: [read], targets: ["*"], groups: [security] }]\nviews: [public.people_masked]\n',
  );
  await writeFile(
    join(other, 'settings/limits/data.yaml'),
    'human: {}\nservice: {}\nagent: { max_rows: 7, max_bytes: 4194304, timeout_ms: 30000 }\n',
  );
  await writeFile(
    join(other, 'settings/admin/data.yaml'),
    'security: { groups: [nobody], kinds: [human] }\nvisible: []\n',
  );
  whole = await startWhole({ activated: shipped });
  endings.push(() => whole.remove());
  revision = (await whole.onLedger('SELECT revision FROM policy_activation'))[0]?.revision as string;
});
after(async () => {
  for (const end of endings.reverse()) await end();
});

const ignore = () => undefined;
/** All kinds of decisions, allowed and refused, by people and programs, in read and in write. */
async function work(): Promise<void> {
  const ana = await whole.connect();
  await ana.query('SELECT count(*) FROM orders');
  await ana.query('SELECT status FROM orders WHERE id = $1', [7]);
  await ana.query({ name: 'by_id', text: 'SELECT status FROM orders WHERE id = $1', values: [8] });
  await ana.query({ name: 'by_id', text: 'SELECT status FROM orders WHERE id = $1', values: [9] });
  await ana.query('PREPARE few (int) AS SELECT status FROM orders WHERE id < $1');
  await ana.query('EXECUTE few (3)');
  await ana.query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM orders; FETCH 2 FROM c; COMMIT');
  await ana
    .query({ name: 'written', text: 'UPDATE orders SET status = $1 WHERE id = $2', values: ['x', 1] })
    .catch(ignore);
  await ana.query('DELETE FROM orders WHERE id = 1').catch(ignore);
  await ana.query("SELECT sudo('no ticket in it')").catch(ignore);
  await ana.query('SELECT no_such_function(1)').catch(ignore);
  await ana.query("SELECT sudo('OPS-1 mend it', '2 min')");
  await ana.query("SELECT sudo('OPS-1 still mending it', '3 min')");
  await ana.query("UPDATE orders SET status = 'paid' WHERE id = 7");
  await ana.query('DELETE FROM orders').catch(ignore);
  await ana.query('TRUNCATE orders').catch(ignore);
  await ana.query('SELECT unsudo()');
  await ana.query("SELECT sudo('OPS-2 much longer', '4 h')").catch(ignore);
  await ana.query('SELECT unsudo()');
  const robot = await whole.connect('robot');
  await robot.query('SELECT id FROM orders ORDER BY id LIMIT 3');
  await robot.query('SELECT $1::text, 1.5e300, 9007199254740993', ['ünï\u202ecode']);
  const asked = (user: string, path: string, init: RequestInit = {}) =>
    fetch(`${whole.http}${path}`, { ...init, headers: { authorization: `Bearer ${whole.tokens[user]}` } });
  assert.equal((await asked('sec', '/v1/policies')).status, 200);
  assert.equal((await asked('ana', '/v1/policies')).status, 403);
  assert.equal((await asked('app', '/v1/policies', { method: 'PUT' })).status, 403);
  const app = await whole.connect('app');
  await app.query('SELECT now()');
  await app.query("SELECT sudo('OPS-3 in band')").catch(ignore);
  await Promise.all([ana.end(), robot.end(), app.end()]);
  await until('all of it is recorded', async () => ((await whole.entries('session_ended')).length >= 3 ? true : null));
}
const replayed = async (...args: string[]): Promise<ReplayReport> =>
  JSON.parse(await whole.sudoqld('policy', 'replay', '--since', '1h', '--json', ...args)) as ReplayReport;
const fails = async (...args: string[]): Promise<string> => {
  try {
    await whole.sudoqld(...args);
  } catch (error) {
    assert.ok(error instanceof CommandEnded, String(error));
    return error.message;
  }
  throw new Error('It did not fail.');
};

test('replayed by the very revision that decided, no decision flips and none is refused for other reasons: deciding is deterministic', async () => {
  await work();
  const report = await replayed('--revision', revision.slice(0, 12), '--fail-on', 'any', '--fail-on', 'gone');
  assert.ok(report.evaluated >= 20, JSON.stringify(report));
  const [seen] = await whole.onLedger(
    `SELECT count(*) FILTER (WHERE kind = 'admin_decided') AS admin,
       count(*) FILTER (WHERE kind LIKE 'elevation%' AND jsonb_typeof(body::jsonb -> 'decided') = 'object') AS elevations,
       count(*) FILTER (WHERE body::jsonb @? '$.forms[*].decided.said.terms.max_rows') AS limited
     FROM entry`,
  );
  assert.deepEqual([Number(seen?.admin), Number(seen?.elevations)], [3, 4]);
  // One entry, or two, as the reads came together.
  assert.ok(Number(seen?.limited) > 0);
  assert.deepEqual(
    { ...report, found: 0, evaluated: 0 },
    {
      found: 0,
      evaluated: 0,
      gone: 0,
      faults: 0,
      flips: {},
      otherReasons: 0,
      otherTerms: 0,
      groups: [],
      ungrouped: 0,
    },
  );
  assert.equal(report.found, report.evaluated);
});

test('replayed by another policy, flips are grouped by rule, direction, principal, target and statement, with an example of each', async () => {
  const settings = join(other, 'settings/elevation/data.yaml');
  const over = new Date().toISOString().slice(0, 19);
  await writeFile(
    settings,
    (await readFile(settings, 'utf8')).replace(
      /^freezes: \[\]$/m,
      `freezes: [{ name: just now, targets: ["*"], from: "2000-01-01T00:00:00", until: "${over}", except_groups: [] }]`,
    ),
  );
  const report = await replayed('--revision', other, '--threads', '2');
  assert.ok(
    (report.flips['deny→allow'] ?? 0) >= 1 && (report.flips['allow→deny'] ?? 0) >= 3,
    JSON.stringify(report.flips),
  );
  const opened = report.groups.find(({ rule }) => rule === 'whole_table');
  assert.equal(report.groups[0]?.direction, 'deny→allow', 'what opens comes first');
  assert.deepEqual(
    [opened?.direction, opened?.principal, opened?.target, opened?.count, opened?.example.normalized],
    ['deny→allow', 'ana', 'shop', 1, 'delete from orders'],
  );
  const closed = report.groups.filter(({ rule }) => rule === 'protected_relation').map(({ principal }) => principal);
  assert.deepEqual([...new Set(closed)].sort(), ['ana', 'robot']);

  assert.deepEqual(
    report.groups
      .filter(({ fingerprint }) => fingerprint === 'policy.read')
      .map((group) => [group.direction, group.principal, group.rule]),
    [['allow→deny', 'sec', 'not_permitted']],
    'a policy that locks out who could mend it shows before it is live',
  );
  assert.deepEqual(
    new Set(report.groups.filter(({ rule }) => rule === 'frozen').map((group) => group.direction)),
    new Set(['allow→deny']),
    'elevations are replayed as well, and by the clock as of then: by today’s, the freeze is over',
  );
  assert.ok(report.otherTerms >= 1, 'so do other limits on what stays allowed');

  const words = await whole.sudoqld('policy', 'replay', '--since', '1h', '--revision', other);
  assert.match(words, /\d+ (is|are) allowed as before, on other terms/);
  assert.match(
    words,
    /deny→allow {2}whole_table {2}ana on shop {2}1 decision {2}[0-9a-f]+\n {2}such as .* {2}delete from orders/,
  );
  assert.doesNotMatch(words, /no ticket in it/, 'reasons that people gave are not in it');
  await fails('policy', 'replay', '--since', '1h', '--revision', other, '--fail-on', 'deny→allow');
  await whole.sudoqld('policy', 'replay', '--since', '1h', '--revision', revision, '--fail-on', 'deny->allow');
  assert.match(
    await fails('policy', 'replay', '--since', '1h', '--until', '30m', '--revision', revision, '--fail-on', 'any'),
    /nothing is proved/,
  );
  assert.match(await fails('policy', 'replay', '--revision', 'abcdef0123'), /No revision begins with abcdef0123/);
  assert.match(await fails('policy', 'replay', '--revision', './nowhere'), /neither a directory nor a revision/);
});

test('an export replays to the same report, without ledger or configuration', async () => {
  const file = join(dirname(whole.files.config), 'decisions.jsonl');
  assert.match(await whole.sudoqld('policy', 'export', '--since', '1h', '--out', file), /^\d+ decisions are in/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const text = await readFile(file, 'utf8');
  assert.ok(!text.includes('paid'), 'promise 10: no literals');
  const parts = text.split('\n').filter((line) => line.startsWith('{"part"'));
  assert.equal(new Set(parts).size, parts.length, 'each part is in it once');
  const [fromLedger, fromFile] = [
    await replayed('--revision', other),
    await replayed('--revision', other, '--from', file),
  ];
  assert.deepEqual(fromFile, fromLedger);
  assert.match(await fails('policy', 'export', '--out', file), /exists/);

  await writeFile(`${file}.cut`, text.slice(0, text.length / 2));
  assert.match(
    await fails('policy', 'replay', '--revision', other, '--from', `${file}.cut`),
    /:\d+: not a line of JSON/,
  );
  assert.match(
    await fails('policy', 'replay', '--revision', other, '--from', whole.files.config),
    /:1: not a line of JSON/,
  );
  assert.match(await fails('policy', 'replay', '--revision', other, '--from', '/nowhere'), /cannot be read/);
});

test('replay follows a directory as it is edited: a mistake is shown, and what would flip once it is mended', async () => {
  const file = join(dirname(whole.files.config), 'followed.jsonl');
  await whole.sudoqld('policy', 'export', '--since', '1h', '--out', file);
  const edited = await copyOfLean();
  const [out, stop] = [new PassThrough(), new AbortController()];
  let said = '';
  out.on('data', (data) => {
    said += data;
  });
  // The first look at a directory may be a run of its own.
  const shown = async (expected: RegExp) => {
    await until(`a run says ${expected}`, async () => expected.test(said) && said.endsWith('Ctrl-C ends\n'));
    said = '';
  };
  const args = ['policy', 'replay', '--revision', edited, '--from', file];
  const following = runCommand([...args, '--watch'], { out, err: new PassThrough(), signal: stop.signal });
  try {
    await shown(/decisions evaluated again/);
    const data = join(edited, 'settings/protected/data.yaml');
    await writeFile(data, 'relation: []\n');
    await shown(/settings\/protected\/data\.yaml:1/);
    await copyFile(join(other, 'settings/protected/data.yaml'), data);
    await shown(/allow→deny.*protected_relation/s);
  } finally {
    stop.abort();
    assert.equal(await following, 0);
    await rm(edited, { recursive: true });
  }
  assert.match(await fails(...args, '--watch', '--fail-on', 'any'), /a run that ends/);
  assert.match(
    await fails('policy', 'replay', '--revision', revision, '--watch', '--from', file),
    /follows a directory/,
  );
});

test('shadow shows differences as they come, and its exit code says whether there were any', async () => {
  const following = whole.sudoqld('policy', 'shadow', other, '--for', '4s').then(
    () => 'ended with 0',
    (error: Error) => error.message,
  );
  const same = whole.sudoqld('policy', 'shadow', revision, '--for', '4s', '--json');
  const client = await whole.connect('ben');
  let over = false;
  void Promise.all([following, same]).finally(() => (over = true));
  while (!over) {
    await client.query('SELECT max(id) FROM orders');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const said = await following;
  assert.match(said, /ended with 1/);
  assert.match(said, /allow→deny {2}protected_relation {2}ben on shop/);
  assert.equal(said.match(/protected_relation/g)?.length, 1, 'each kind of difference is shown once');
  const { report } = JSON.parse(await same) as { report: ReplayReport };
  assert.deepEqual(report.flips, {});
});

test('a policy that turns more refusals of the last days into permissions than the configuration allows is not activated', async () => {
  const config = parse(await readFile(whole.files.config, 'utf8'));
  const strict = join(dirname(whole.files.config), 'strict.yaml');
  await writeFile(strict, stringify({ ...config, policy: { ...config.policy, gate: { flips: { max: 0, days: 1 } } } }));
  const mine = { ...whole.files, config: strict };
  const { sudoqld } = await import('../demo/gateway-process.ts');
  await assert.rejects(sudoqld(mine, 'policy', 'activate', other), (error: Error) => {
    assert.match(error.message, /turn from deny to allow; policy\.gate\.flips allows 0/);
    assert.match(error.message, /deny→allow {2}whole_table {2}ana on shop/);
    return true;
  });
  assert.match(String((await whole.entries('policy_refused')).at(-1)?.problem), /policy\.gate\.flips/);
  await writeFile(join(other, 'settings/whole_table/data.yaml'), 'enabled: true\nallowed: []\n');
  await copyFile(join(shippedDirectory, 'settings/admin/data.yaml'), join(other, 'settings/admin/data.yaml'));
  await writeFile(
    join(other, 'settings/elevation/data.yaml'),
    (await readFile(join(other, 'settings/elevation/data.yaml'), 'utf8')).replace(
      /^reasons: \[\]$/m,
      `reasons: [{ targets: [shop], pattern: '^[A-Z]+-[0-9]+ ', form: a ticket }]`,
    ),
  );
  assert.match(await sudoqld(mine, 'policy', 'activate', other), /is in force/, 'closing more is allowed');
});

test('decisions whose parts are gone are counted, not passed over in silence', async () => {
  const superuser = new pg.Client({ connectionString: whole.ledger.cluster.url('sudoql_ledger') });
  await superuser.connect();
  await superuser.query("DELETE FROM kept WHERE part LIKE '%update orders%'");
  await superuser.end();
  const report = await replayed('--revision', revision);
  assert.ok(report.gone >= 1);
  assert.equal(report.found, report.evaluated + report.gone);
  assert.match(
    await fails('policy', 'replay', '--since', '1h', '--revision', revision, '--fail-on', 'gone'),
    /could not be: what they were decided on is gone/,
  );
});

test('promise 3: a protected column is read by no statement of those who may not, in read and in write, but through the views that may show it', async () => {
  await whole.onTarget(`CREATE TABLE people (id int PRIMARY KEY, name text, email text);
    INSERT INTO people VALUES (1, 'zoe', 'zoe@example.com');
    CREATE VIEW people_all AS SELECT * FROM people;
    CREATE VIEW people_masked AS SELECT id, left(email, 1) AS initial FROM people;
    GRANT ALL ON people, people_all, people_masked TO PUBLIC`);
  const ana = await whole.connect();
  const refused = async (text: string) => {
    await assert.rejects(ana.query(text), (error: pg.DatabaseError) => {
      assert.match(
        error.message,
        /^(protected against being read: email of public\.people$|some columns are protected against being read, .* of public\.people$)/,
        text,
      );
      assert.equal(error.code, '42501', text);
      return true;
    });
  };
  const rows = async (text: string) => (await ana.query(text)).rows;
  const shown = async () => {
    assert.deepEqual(await rows('SELECT id, name FROM people'), [{ id: 1, name: 'zoe' }]);
    assert.deepEqual(await rows('SELECT count(*)::int AS n FROM people'), [{ n: 1 }]);
    assert.deepEqual(await rows('SELECT initial FROM people_masked'), [{ initial: 'z' }]);
  };
  const reads = [
    'SELECT email FROM people',
    'SELECT * FROM people',
    'TABLE people',
    'SELECT p FROM people p',
    'SELECT to_jsonb(p) FROM people p',
    'SELECT email(p) FROM people p',
    "SELECT id FROM people WHERE email LIKE 'z%'",
    'SELECT id FROM people ORDER BY email',
    'SELECT count(*) FROM people GROUP BY people.email',
    'SELECT 1 FROM people a JOIN people b USING (email)',
    'SELECT 1 FROM people a NATURAL JOIN people b',
    'SELECT c FROM people AS x(a, b, c)',
    'SELECT j.c FROM (people CROSS JOIN (SELECT 1) one) AS j(a, b, c)',
    'WITH w AS (SELECT * FROM people) SELECT id FROM w',
    'SELECT (SELECT email) FROM people',
    'SELECT id FROM people_all',
    'SELECT initial FROM people_masked m JOIN people USING (id) ORDER BY people.email',
    'EXPLAIN SELECT email FROM people',
    'PREPARE email AS SELECT email FROM people',
    'BEGIN; DECLARE c CURSOR FOR SELECT email FROM people; FETCH c; COMMIT',
    'COPY people TO STDOUT',
    'COPY (SELECT email FROM people) TO STDOUT',
  ];
  for (const text of reads) await refused(text);
  await ana.query('ROLLBACK');
  await shown();
  await ana.query("SELECT sudo('OPS-1 look at people', '2 min')");
  for (const text of reads) await refused(text);
  await ana.query('ROLLBACK');
  for (const text of [
    'UPDATE people SET name = email WHERE id = 1',
    "UPDATE people SET name = 'x' WHERE id = 1 RETURNING *",
    'INSERT INTO people (id) VALUES (2) RETURNING email',
    'INSERT INTO people (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = people.email',
    'DELETE FROM people WHERE id = 1 RETURNING people',
    'MERGE INTO people p USING (SELECT 1 AS id) o ON p.id = o.id WHEN MATCHED THEN UPDATE SET name = p.email',
    'SELECT not_a_column FROM people',
  ])
    await refused(text);
  await ana.query('ROLLBACK');
  await ana.query("UPDATE people SET name = 'zoe', email = 'zed@example.com' WHERE id = 1");
  await shown();
  await ana.query('SELECT unsudo()');
  const security = await whole.connect('sec');
  assert.deepEqual((await security.query('SELECT email FROM people')).rows, [{ email: 'zed@example.com' }]);
  await Promise.all([ana.end(), security.end()]);
});
