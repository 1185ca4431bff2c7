import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SQL = 'src/test/regress/sql';

/**
 * The directory that holds PostgreSQL's regression scripts (`src/test/regress`). `given`: a checkout, or that directory itself; without
 * it, Debian's source package of `version`, fetched once. Throws when neither can be had.
 */
export async function regressDirectory(given: string | undefined, version: number): Promise<string> {
  if (given !== undefined) {
    for (const candidate of [join(given, 'src/test/regress'), given]) {
      if (existsSync(join(candidate, 'sql'))) return candidate;
    }
    throw new Error(`${given} holds no ${SQL}.`);
  }
  const cache = join(tmpdir(), `sudoql-regress-${userInfo().uid}`, `${version}`);
  const tree = join(cache, 'tree');
  if (!existsSync(join(tree, SQL))) await fetchSource(version, cache, tree);
  return join(tree, 'src/test/regress');
}

/** Debian's machines list binary packages only; the same lists are asked for their sources, in a directory of our own. */
async function fetchSource(version: number, cache: string, tree: string): Promise<void> {
  const sources = join(cache, 'sources');
  await mkdir(join(cache, 'lists/partial'), { recursive: true });
  await mkdir(sources, { recursive: true });
  await mkdir(tree, { recursive: true });
  for (const name of await readdir('/etc/apt/sources.list.d')) {
    const from = join('/etc/apt/sources.list.d', name);
    if (name.endsWith('.sources')) {
      await writeFile(join(sources, name), (await readFile(from, 'utf8')).replace(/^Types: deb$/gm, 'Types: deb-src'));
    } else await copyFile(from, join(sources, name));
  }
  const options = [
    `Dir::Etc::sourceparts=${sources}`,
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::State::lists=${cache}/lists`,
    `Dir::Cache=${cache}`,
  ];
  const apt = (program: string, ...args: string[]) =>
    run(program, [...options.flatMap((option) => ['-o', option]), ...args], { cwd: cache });
  await apt('apt-get', 'update');
  const name = `postgresql-${version}`;
  const shown = (await apt('apt-cache', 'showsrc', name)).stdout;
  const versions = [...shown.matchAll(/^Version: (\S+)/gm)].map(([, each]) => each);
  // A list may name a source that its mirror no longer has: the next older one will do.
  for (const each of versions.reverse()) {
    const fetched = await apt('apt-get', 'source', '--download-only', `${name}=${each}`).then(
      () => true,
      () => false,
    );
    const archive = (await readdir(cache)).find((file) => file.includes('.orig.tar'));
    if (!fetched || archive === undefined) continue;
    await run('tar', [
      '-xf',
      join(cache, archive),
      '-C',
      tree,
      '--strip-components=1',
      '--wildcards',
      '*/src/test/regress/*',
    ]);
    return;
  }
  throw new Error(`Debian's source package ${name} cannot be had. Give the path of a checkout of PostgreSQL.`);
}
