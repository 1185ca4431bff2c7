// The demo as a newcomer runs it: without a terminal it takes the tour; whatever ends it leaves nothing running.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openDataDirectory } from '../helpers/data-directory.ts';
import { until } from '../helpers/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let directory: string;
before(async () => {
  directory = await openDataDirectory();
});
after(() => rm(directory, { recursive: true, force: true }));

interface Run {
  child: ChildProcess;
  out: () => string;
  code: Promise<number | null>;
}

function demo(...args: string[]): Run {
  const child = spawn(process.execPath, [join(root, 'test/demo/main.ts'), '--data', directory, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      said += data.toString();
    });
  }
  return { child, out: () => said, code: new Promise((resolve) => child.once('exit', (code) => resolve(code))) };
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('without a terminal the demo takes the tour and ends with 0; its parts are gone', async () => {
  const run = demo('--json');
  const code = await run.code;
  assert.equal(code, 0, run.out());
  for (const claim of [
    'the target shows the order as it was',
    'the ledger held it before she could write',
    'the mailbox has a mail',
    'its signature verifies',
    'the ledger holds intent and outcome',
    'the target shows nothing of it',
    'her sudo goes on, in write',
    'the ledger holds who agreed',
    'the mailbox has a loud mail',
    'the ledger holds the review',
    'The record is whole',
    'All of it was so',
  ]) {
    assert.ok(run.out().includes(claim), `not told: ${claim}\n${run.out()}`);
  }
  assert.equal(await readFile(join(directory, 'pg/postmaster.pid'), 'utf8').catch(() => null), null);
});

test('with --serve it says where everything is, a second one is told, and SIGINT ends all of it', async () => {
  const run = demo('--serve', '--json');
  const line = await until('it is ready', async () =>
    run
      .out()
      .split('\n')
      .find((each) => each.startsWith('{')),
  );
  const keys = JSON.parse(line) as Record<string, string> & { security: { token: string }; gateway: number };
  for (const key of ['wire', 'http', 'user', 'token', 'security', 'target', 'ledger', 'mails', 'webhooks']) {
    assert.ok(keys[key], key);
  }
  const client = new pg.Client({ connectionString: keys.wire });
  client.on('error', () => {});
  await client.connect();
  assert.equal((await client.query('SELECT count(*)::int AS n FROM orders')).rows[0].n, 30_000);

  const second = demo('--serve');
  assert.equal(await second.code, 1);
  assert.match(second.out(), /Another demo \(process \d+\) runs in/);

  const postmaster = Number((await readFile(join(directory, 'pg/postmaster.pid'), 'utf8')).split('\n')[0]);
  assert.ok(alive(postmaster) && alive(keys.gateway));
  run.child.kill('SIGINT');
  assert.equal(await run.code, 0);
  assert.ok(!alive(postmaster), 'PostgreSQL is gone');
  assert.ok(!alive(keys.gateway), 'the gateway is gone');
  await assert.rejects(fetch(`${keys.http}/livez`));
});

test('ended while it starts, it leaves nothing either', async () => {
  const run = demo('--serve');
  await until('PostgreSQL is up', async () => run.out().includes('the gateway'));
  run.child.kill('SIGTERM');
  await run.code;
  assert.equal(await readFile(join(directory, 'pg/postmaster.pid'), 'utf8').catch(() => null), null);
});
