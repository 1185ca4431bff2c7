// Where the servers of tests keep their data: in memory where there is plenty of it. On a disk the file system's own work is the
// larger half of what a server's start and each CREATE DATABASE cost. And what they begin with, made once.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');

const MEMORY = '/dev/shm';
/** Bytes: many times what the servers of all tests that run at once take. In a container it often has 64 MB in all. */
const PLENTY = 3 * 1024 ** 3;
/** Milliseconds: a demo's first start compiles the policies. */
const LONGEST_MS = 600_000;
/** With the process that made it. */
const NAME = /^sudoql-pg-(\d+)-/;

/** A new directory, in `place` if given; who makes it removes it. As root the server programs run as `postgres`, who must reach it. */
export async function openDataDirectory(place?: string): Promise<string> {
  place ??= (await hasPlenty()) ? MEMORY : tmpdir();
  const directory = await mkdtemp(join(place, `sudoql-pg-${process.pid}-`));
  await chmod(directory, userInfo().uid === 0 ? 0o777 : 0o700);
  return directory;
}

async function hasPlenty(): Promise<boolean> {
  const room = await statfs(MEMORY).catch(() => null);
  return room !== null && room.bavail * room.bsize >= PLENTY;
}

/** A directory that `make` fills, once for this user on this machine. `name` says all that it depends on. */
export async function madeOnce(name: string, make: (directory: string) => Promise<void>): Promise<string> {
  const cache = join(tmpdir(), `sudoql-pg18-${userInfo().uid}`);
  const made = join(cache, name);
  const lock = `${made}.lock`;
  await mkdir(cache, { recursive: true });
  const whose = await until(
    `${made} is made`,
    async () => (existsSync(made) ? 'there' : (await claims(lock)) && 'ours'),
    LONGEST_MS,
  );
  if (whose === 'there') return made;
  try {
    // Who was before us may have ended between the two looks.
    if (!existsSync(made)) await fill(cache, made, make);
  } finally {
    await rm(lock, { force: true });
  }
  return made;
}

async function fill(cache: string, made: string, make: (directory: string) => Promise<void>): Promise<void> {
  // Beside it, or it could not be moved there.
  const fresh = await openDataDirectory(cache);
  const directory = join(fresh, 'data');
  try {
    await mkdir(directory);
    await chmod(directory, userInfo().uid === 0 ? 0o777 : 0o700);
    await make(directory);
    await rename(directory, made);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Of the files that run at once one makes it, and the others wait. */
async function claims(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    // Killed in the middle of it.
    if (owner && !lives(owner)) await rm(lock, { force: true });
    return false;
  }
}

/** Into a directory that is there, with its owner: as root the server runs as the user `postgres`. By `cp`, which costs a fifth of what Node's own copying of a thousand files does. */
export async function copyData(from: string, to: string): Promise<void> {
  if (process.platform === 'win32') await cp(from, to, { recursive: true, preserveTimestamps: true });
  else await promisify(execFile)('cp', ['-Rp', `${from}/.`, to]);
}

/** Of files, and of all that are in directories, by their paths in the project. */
export async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    const isDirectory = (await stat(join(root, path))).isDirectory();
    const names = isDirectory ? await readdir(join(root, path), { recursive: true }) : [''];
    for (const name of names.sort()) {
      const file = join(root, path, name);
      if ((await stat(file)).isFile()) hash.update(name).update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 12);
}

/** Removes what processes left that were killed; a server that is left too ends within a minute, for its directory is gone. */
export async function removeLostData(place = MEMORY): Promise<void> {
  for (const name of await readdir(place).catch(() => [])) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid !== undefined && !lives(Number(pid))) await rm(join(place, name), { recursive: true, force: true });
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It may be another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
