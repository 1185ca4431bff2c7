// Where the servers of tests keep their data: in memory where there is plenty of it. On a disk the file system's own work is the
// larger half of what a server's start and each CREATE DATABASE cost.
import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Bytes: many times what the servers of all tests that run at once take. In a container it often has 64 MB in all. */
const PLENTY = 3 * 1024 ** 3;
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
