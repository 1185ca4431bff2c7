// A PostgreSQL of Debian's packages or of a directory, for what must hold on more than the version that npm carries.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clusterAccess } from './cluster-access.ts';
import { openDataDirectory } from './data-directory.ts';
import { type Cluster, freePort, startPostgres } from './postgres.ts';
import { amount } from './sample.ts';

const run = promisify(execFile);
const PASSWORD = 'postgres-for-tests';

/** Where Debian puts the server's programs of a major version, or null where it is not installed. */
export function debianPrograms(version: number): string | null {
  const directory = `/usr/lib/postgresql/${version}/bin`;
  return existsSync(join(directory, 'initdb')) ? directory : null;
}

/** The major versions that differ most, for what depends on them: 18 and, where all cases are played, 15 if it is installed. */
export const VERSIONS: readonly number[] = amount(1, 2) === 2 && debianPrograms(15) ? [18, 15] : [18];

/** A server of one of `VERSIONS`. */
export const startVersion = (version: number): Promise<Cluster> =>
  version === 18 ? startPostgres() : startDebianPostgres(version);

/** A server of its own on a free port of 127.0.0.1. Throws when that version is not installed. `settings`: more of postgresql.conf. */
export async function startDebianPostgres(version: number, settings: Record<string, string> = {}): Promise<Cluster> {
  const programs = debianPrograms(version);
  if (!programs) throw new Error(`PostgreSQL ${version} is not installed: apt-get install postgresql-${version}`);
  return startPrograms(programs, settings);
}

/** The same with the server's programs of any directory, which everybody must be able to read. */
export async function startPrograms(programs: string, settings: Record<string, string> = {}): Promise<Cluster> {
  const home = await openDataDirectory();
  // As root the server must run as somebody else.
  const asPostgres = userInfo().uid === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  const directory = join(home, 'data');
  const command = (program: string, args: string[]): [string, string[]] => {
    const [first = program, ...rest] = [...asPostgres, join(programs, program), ...args];
    return [first, rest];
  };
  await run('sh', ['-c', `umask 077; printf %s ${PASSWORD} > ${home}/password; chmod 644 ${home}/password`]);
  await run(
    ...command('initdb', [
      '-D',
      directory,
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '-A',
      'scram-sha-256',
      '--pwfile',
      `${home}/password`,
      '--no-sync',
    ]),
    { cwd: home },
  );
  const port = await freePort();
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: '200',
    shared_buffers: '32MB',
    ...settings,
  };

  let stopRunning: () => Promise<void> = async () => {};
  const start = async () => {
    const child = spawn(
      ...command('postgres', [
        '-D',
        directory,
        ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ]),
      { cwd: home, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      let complaint = '';
      child.once('exit', (code) =>
        reject(new Error(`${programs}/postgres ended with ${code}:\n${complaint.slice(-2000)}`)),
      );
      child.stderr.on('data', (data: Buffer) => {
        complaint += data.toString();
        if (complaint.includes('ready to accept connections')) resolve();
      });
    });
    child.stderr.removeAllListeners('data').resume();
    stopRunning = async () => {
      await run(...command('pg_ctl', ['-D', directory, 'stop', '-m', 'immediate']), { cwd: home }).catch(() =>
        child.kill('SIGTERM'),
      );
      await gone;
    };
  };
  await start();
  return {
    ...clusterAccess(port, PASSWORD),
    stop: () => stopRunning(),
    crash: () => stopRunning(),
    start,
    remove: async () => {
      await stopRunning();
      await rm(home, { recursive: true, force: true });
    },
  };
}
