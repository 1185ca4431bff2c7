// The helper for node-postgres, packed and installed as people get it, on a real gateway.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { makeStage, openPolicy, type Stage } from '../../test/wire/stage.ts';

type Helper = typeof import('./index.js');

const run = promisify(execFile);
let stage: Stage;
let directory: string;
let helper: Helper;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sudoql-node-'));
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', directory], {
    cwd: import.meta.dirname,
  });
  await writeFile(join(directory, 'package.json'), '{"private":true,"type":"module"}');
  await run(
    'npm',
    ['install', '--silent', '--offline', '--no-audit', '--no-fund', '--legacy-peer-deps', `./${stdout.trim()}`],
    {
      cwd: directory,
    },
  );
  await symlink(join(import.meta.dirname, '../../node_modules/pg'), join(directory, 'node_modules/pg'));
  helper = (await import(pathToFileURL(join(directory, 'node_modules/@sudoql/pg/index.js')).href)) as Helper;
  stage = await makeStage({ policy: openPolicy(), schema: 'CREATE TABLE t (n int); INSERT INTO t VALUES (0)' });
});
after(async () => {
  await stage?.remove();
  await rm(directory, { recursive: true, force: true });
});

const stored = async () => (await stage.rows('SELECT n FROM t'))[0]?.n;
async function ofEachKind(act: (on: pg.Pool | pg.Client) => Promise<void>): Promise<void> {
  const pool = new pg.Pool({ ...stage.through(), max: 1 });
  const client = new pg.Client(stage.through());
  await client.connect();
  try {
    await act(pool);
    await act(client);
  } finally {
    await pool.end();
    await client.end();
  }
}
const refused = async (on: pg.Pool | pg.Client) => {
  const error: unknown = await on.query('UPDATE t SET n = -1').then(
    () => null,
    (why: unknown) => why,
  );
  return helper.explain(error);
};
/** The helper's two forms are one function. */
const withSudo = (on: pg.Pool | pg.Client, act: (client: pg.ClientBase) => Promise<unknown>, reason = 'node helper') =>
  helper.withSudo(on as pg.Pool, reason, act, { for: '5 min' });

test('writes in its function, and neither before nor after', async () => {
  let n = 1;
  await ofEachKind(async (on) => {
    assert.ok((await refused(on)) instanceof helper.SudoRequired);
    assert.equal(await withSudo(on, async (client) => (await client.query(`UPDATE t SET n = ${++n}`)).rowCount), 1);
    assert.equal(await stored(), n);
    const answer = await refused(on);
    assert.ok(answer instanceof helper.SudoRequired);
    assert.deepEqual([answer.code, answer.sqlstate], ['write_needs_elevation', '25006']);
    assert.match(answer.hint, /sudo\(/);
  });
});

test('after an error what was open is rolled back, and the session reads only', async () => {
  const before = await stored();
  await ofEachKind(async (on) => {
    await assert.rejects(
      withSudo(on, async (client) => {
        await client.query('BEGIN');
        await client.query('UPDATE t SET n = 100');
        throw new RangeError('half way');
      }),
      RangeError,
    );
    assert.equal(await stored(), before);
    assert.ok((await refused(on)) instanceof helper.SudoRequired);
  });
});

test('a transaction that was left open is an error, and rolled back', async () => {
  const before = await stored();
  await ofEachKind(async (on) => {
    const left = withSudo(on, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE t SET n = 200');
    });
    await assert.rejects(left, /left open/);
    assert.equal(await stored(), before);
  });
});

test('a reason that is none is said before anything runs', async () => {
  await ofEachKind(async (on) => {
    await assert.rejects(
      withSudo(on, async () => assert.fail('it ran'), ''),
      (error: unknown) => error instanceof helper.SudoError && error.code === 'sudo_bad_argument',
    );
  });
});

test('a pool ends a session that could not be brought back to read mode', async () => {
  const pool = new pg.Pool({ ...stage.through(), max: 1 });
  try {
    const pids: unknown[] = [];
    await assert.rejects(
      helper.withSudo(pool, 'node helper', async (client) => {
        pids.push((await client.query('SELECT pg_backend_pid() AS pid')).rows[0]?.pid);
        await client.query('BEGIN');
        // As when the function's own connection broke under it.
        client.query = (() => Promise.reject(new Error('broken'))) as never;
      }),
    );
    assert.equal(pool.totalCount, 0);
    assert.ok((await refused(pool)) instanceof helper.SudoRequired);
  } finally {
    await pool.end();
  }
});

test('the mode is told when it changes', async () => {
  const client = new pg.Client(stage.through());
  await client.connect();
  const modes: string[] = [];
  const stop = helper.onMode(client, (mode) => modes.push(mode));
  await withSudo(client, async () => {});
  assert.deepEqual(modes, ['write', 'read']);
  stop();
  await withSudo(client, async () => {});
  assert.deepEqual(modes, ['write', 'read']);
  await client.end();
});

test('what no policy allows is a refusal; the end under a transaction is an end', async () => {
  const client = new pg.Client(stage.through());
  client.on('error', () => {});
  await client.connect();
  const said = async (text: string) =>
    helper.explain(
      await client.query(text).then(
        () => null,
        (why: unknown) => why,
      ),
    );
  assert.ok((await said('SET ROLE postgres')) instanceof helper.SudoRefused);
  await client.query("SELECT sudo('node helper')");
  await client.query('BEGIN');
  await client.query('UPDATE t SET n = 300');
  await stage.revoke();
  await stage.gone('the writer');
  assert.ok((await said('UPDATE t SET n = 301')) instanceof helper.ElevationEnded);
  await client.end();
});

test('an error of the database is its own', async () => {
  const client = new pg.Client(stage.through());
  await client.connect();
  const error: unknown = await client.query('SELECT 1 / 0').then(
    () => null,
    (why: unknown) => why,
  );
  assert.equal(helper.explain(error), null);
  await client.end();
});
