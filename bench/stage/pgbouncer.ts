// pgbouncer in session pooling in front of a target; Debian's package, installed when it is missing.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/helpers/postgres.ts';
import { selfSigned } from '../../test/helpers/self-signed.ts';
import { untilListening } from './listening.ts';
import { DATABASE, type Login } from './way.ts';

const PROGRAM = '/usr/sbin/pgbouncer';

export interface Pgbouncer {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

/** Throws in words where it cannot be installed. */
export async function startPgbouncer(target: number, logins: Login[], connections: number): Promise<Pgbouncer> {
  install();
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-pgbouncer-'));
  await chmod(directory, 0o755);
  const port = await freePort();
  const { cert, key } = selfSigned();
  const file = async (name: string, text: string) => {
    const path = join(directory, name);
    // It runs as `nobody`, in a directory of its own.
    await writeFile(path, text, { mode: 0o644 });
    return path;
  };
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: await file('users', logins.map(({ user, password }) => `"${user}" "${password}"\n`).join('')),
    pool_mode: 'session',
    max_client_conn: connections + 100,
    default_pool_size: connections,
    client_tls_sslmode: 'allow',
    client_tls_cert_file: await file('cert.pem', cert),
    client_tls_key_file: await file('key.pem', key),
  };
  const ini = await file(
    'pgbouncer.ini',
    `[databases]\n${DATABASE} = host=127.0.0.1 port=${target} dbname=${DATABASE}\n[pgbouncer]\n${Object.entries(
      settings,
    )
      .map(([name, value]) => `${name} = ${value}\n`)
      .join('')}`,
  );
  const asUser = userInfo().uid === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(PROGRAM, ['-q', ...asUser, ini], { stdio: ['ignore', 'ignore', 'ignore'] });
  await untilListening(port, child);
  return {
    port,
    pid: Number(child.pid),
    stop: async () => {
      await ended(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

function install(): void {
  if (existsSync(PROGRAM)) return;
  console.error('pgbouncer is not installed: apt-get install pgbouncer');
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'pgbouncer'], { stdio: 'ignore' });
  if (!existsSync(PROGRAM)) throw new Error('pgbouncer could not be installed by apt-get; leave it out with --ways.');
}
