// However what started the demo comes to its end, nothing of the demo goes on without it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDataDirectory } from '../helpers/data-directory.ts';
import { copyDemo } from '../helpers/demo.ts';
import { until } from '../helpers/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** One for all: what one left behind is what the next one starts on. */
let directory: string;
before(async () => {
  directory = await openDataDirectory();
  await copyDemo(directory);
});
after(() => rm(directory, { recursive: true, force: true }));

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Starts the demo by `command`, ends what was started by `signal`, and waits until the gateway and the server are gone. */
async function endsWith(signal: NodeJS.Signals, command: string, ...args: string[]): Promise<void> {
  // As from a shell, whatever runs this test.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const child: ChildProcess = spawn(command, [...args, '--serve', '--json', '--data', directory], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout?.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const pids: number[] = [];
  try {
    const line = await until('the demo is ready', async () => {
      assert.equal(child.exitCode, null, errors);
      return out.split('\n').find((each) => each.startsWith('{') && each.endsWith('}'));
    });
    pids.push((JSON.parse(line) as { gateway: number }).gateway);
    pids.push(Number((await readFile(join(directory, 'pg/postmaster.pid'), 'utf8')).split('\n')[0]));
    assert.ok(pids.every(alive), String(pids));
    child.kill(signal);
    await until('nothing is left', async () => (pids.some(alive) ? undefined : true));
  } finally {
    for (const pid of pids) if (alive(pid)) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
  }
}

test('SIGTERM to npm ends the demo, its gateway and its server', () =>
  endsWith('SIGTERM', 'npm', 'run', '-s', 'demo', '--'));

test('so does npm killed', () => endsWith('SIGKILL', 'npm', 'run', '-s', 'demo', '--'));

test('so does the demo itself killed', () => endsWith('SIGKILL', process.execPath, 'test/demo/main.ts'));

test('so does the wrapper killed that an older Node needs to start the pinned one', () => {
  const older = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.0.0'})";
  return endsWith('SIGKILL', process.execPath, '--import', older, 'bin/preflight.js', 'test/demo/main.ts');
});
