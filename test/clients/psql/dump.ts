// pg_dump through the gateway in read mode gives what it gives directly, of all that the reader may see: as a script, as an
// archive. On a server of pg_dump's own version.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { startDebianPostgres } from '../../helpers/debian-postgres.ts';
import { makeStage, openPolicy } from '../../wire/stage.ts';

const run = promisify(execFile);
const { stdout } = await run('pg_dump', ['--version']);
const version = Number(/(\d+)/.exec(stdout)?.[1]);
const stage = await makeStage({
  policy: openPolicy(),
  cluster: await startDebianPostgres(version),
  schema: `${await readFile(new URL('../schema.sql', import.meta.url), 'utf8')};
    CREATE TABLE orders (id int PRIMARY KEY, at timestamptz, note text); CREATE TABLE blobs (b bytea, f float8);
    INSERT INTO orders SELECT n, '2026-01-01Z', repeat('x', n) FROM generate_series(1, 500) n;
    INSERT INTO blobs VALUES ('\\x00ff', 0.1::float8 + 0.2), (NULL, 'NaN');
    INSERT INTO suppliers (name, tags) VALUES ('a', '{x,"y z"}'), (E'tab\\tand\\nline', NULL);
    ALTER TABLE suppliers DISABLE ROW LEVEL SECURITY`,
});
const directory = await mkdtemp(join(tmpdir(), 'sudoql-dump-'));
const environment = (config: pg.ClientConfig) => ({
  ...process.env,
  PGHOST: String(config.host),
  PGPORT: String(config.port),
  PGUSER: String(config.user),
  PGPASSWORD: String(config.password),
  PGDATABASE: String(config.database),
});
/** Without what differs each time. */
const plain = (text: string) => text.replace(/^\\(un)?restrict .*$/gm, '').replace(/^--.*$/gm, '');

try {
  const dumps: string[][] = [
    [],
    ['--schema-only'],
    ['--schema=public', '--column-inserts', '--rows-per-insert=7', '--quote-all-identifiers'],
    ['--table=orders', '--data-only', '--serializable-deferrable'],
    ['--exclude-table=orders', '--no-owner', '--no-privileges', '--enable-row-security'],
  ];
  for (const options of dumps) {
    const [through, direct] = await Promise.all(
      [stage.through(), stage.past('reader')].map(async (config) => {
        const dumped = await run('pg_dump', options, { env: environment(config), maxBuffer: 2 ** 28 });
        return plain(dumped.stdout);
      }),
    );
    assert.ok(direct !== undefined && direct.length > 500, 'the dump says something');
    assert.equal(through, direct, `pg_dump ${options.join(' ')}`);
  }
  const listed = async (name: string, config: pg.ClientConfig) => {
    const archive = join(directory, name);
    await run('pg_dump', ['--format=directory', `--file=${archive}`], { env: environment(config) });
    return plain((await run('pg_restore', ['--file=-', archive], { maxBuffer: 2 ** 28 })).stdout);
  };
  assert.equal(await listed('through', stage.through()), await listed('direct', stage.past('reader')), 'an archive');
  assert.deepEqual(await stage.entries('statement_refused'), []);
  // Several connections on one snapshot need it exported, which is a file on the server.
  const jobs = ['--format=directory', '--jobs=2', `--file=${join(directory, 'jobs')}`];
  await assert.rejects(run('pg_dump', jobs, { env: environment(stage.through()) }), /pg_export_snapshot/);
} finally {
  await rm(directory, { recursive: true, force: true });
  await stage.remove();
}
console.log(
  'works: scripts and directory archives, the same as directly, of all that the reader may see; pg_restore reads them',
);
console.log(`pg_dump ${version}: the same as directly`);
process.exit(0);
