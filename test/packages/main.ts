// `npm run test:packages`: the two archives, installed from the registry's packages into an empty directory, and used as people
// would: nothing of the sources is in reach. Exits non-zero when something does not work.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makePackages } from '../../deploy/packages.ts';
import { startDemo } from '../helpers/demo.ts';
import { until } from '../helpers/until.ts';

const directory = await mkdtemp(join(tmpdir(), 'sudoql-packages-'));
// What is installed must find Node 24 by itself, as on a machine that has it.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
const run = async (file: string, args: string[], more: { cwd?: string; env?: Record<string, string> } = {}) => {
  const { stdout } = await promisify(execFile)(file, args, {
    cwd: more.cwd ?? directory,
    env: { ...env, ...more.env },
    maxBuffer: 64 * 1_024 * 1_024,
  });
  return stdout;
};
async function sizeOf(path: string): Promise<number> {
  const about = await stat(path);
  if (!about.isDirectory()) return about.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const demo = await startDemo();
try {
  const archives = await makePackages(directory);
  for (const name of ['sudoql', 'sudoqld'] as const) {
    const home = join(directory, `with ${name}`);
    await run('mkdir', [home]);
    await writeFile(join(home, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', archives[name]], {
      cwd: home,
    });
    const command = join(home, 'node_modules/.bin', name);
    const own = join(home, 'node_modules', name);
    const { version } = JSON.parse(await readFile(join(own, 'package.json'), 'utf8')) as { version: string };
    assert.equal((await run(command, ['--version'])).trim(), version);
    const strays = (await readdir(own, { recursive: true })).filter((file) => /\.(ts|go)$|\.test\./.test(file));
    assert.deepEqual(strays, []);
    console.log(
      `${name}: archive ${mib((await stat(archives[name])).size)}, installed ${mib(await sizeOf(join(home, 'node_modules')))}`,
    );
    if (name === 'sudoql') {
      const args = ['shop', '-c', 'SELECT count(*) FROM orders', '--csv'];
      const said = await run(command, args, { env: { SUDOQL_URL: demo.http, SUDOQL_TOKEN: demo.token } });
      assert.match(said, /^count\r?\n\d+\r?\n$/);
    } else {
      const config = ['--config', demo.config];
      assert.match(await run(command, ['ledger', 'verify', ...config], { env: demo.env }), /./);
      assert.match(await run(command, ['doctor', '--help']), /doctor/);
      // The compiler, the policy's module, and the threads that run them.
      await run(command, ['policy', 'test', join(own, 'policies')]);
      await serve(command);
    }
  }
  console.log('both packages work by themselves');
} finally {
  await demo.stop();
  await rm(directory, { recursive: true, force: true });
}

/** The installed gateway beside the demo's becomes ready, and ends when it is asked to. */
async function serve(command: string): Promise<void> {
  const config = join(directory, 'beside.yaml');
  const own = [demo.http, demo.wire].map((url) => new URL(url).port).join('|');
  await writeFile(
    config,
    (await readFile(demo.config, 'utf8'))
      .replace(new RegExp(`port: (${own})$`, 'gm'), 'port: 0')
      .replace(/^replica: .*$/m, 'replica: beside'),
  );
  const child = spawn(command, ['serve', '--config', config], {
    env: { ...env, ...demo.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let log = '';
  child.stderr.on('data', (data: Buffer) => {
    log += data.toString();
  });
  try {
    await until('the installed gateway is ready', async () => {
      if (child.exitCode !== null) throw new Error(`sudoqld serve ended:\n${log}`);
      const [, url] = /Server listening at (http:[^"]+)/.exec(log) ?? [];
      return url !== undefined && (await fetch(`${url}/readyz`)).ok;
    });
  } finally {
    child.kill();
    await ended;
  }
}

function mib(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
