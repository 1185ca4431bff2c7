// `npm run packages`: two archives in dist/, as `npm install FILE.tgz` takes them, for Node 24 or newer alone: `sudoqld`, the
// gateway, and `sudoql`, the client without it. Node strips no types under node_modules, so they are stripped here, in place:
// lines and columns of stack traces stay those of the sources.
import { execFile } from 'node:child_process';
import { chmod, copyFile, glob, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

interface Manifest {
  version: string;
  license: string;
  description: string;
  dependencies: Record<string, string>;
}
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;

interface Archive {
  name: 'sudoql' | 'sudoqld';
  description: string;
  /** What the command runs. */
  main: string;
  files: string[];
}

const ARCHIVES: Archive[] = [
  {
    name: 'sudoql',
    description: 'The prompt of a sudoql gateway: SQL on production, read-only until you say why',
    main: 'clients/repl/main.ts',
    files: ['clients/repl/**', 'services/contract/**'],
  },
  {
    name: 'sudoqld',
    description: manifest.description,
    main: 'services/gateway/cli/main.ts',
    files: ['services/**', 'policies/**', 'sudoql.example.yaml', 'docs/**', 'clients/verifier/sudoql_verify.py'],
  },
];

/** Tests, what only they use, the compiler's Go sources, and pages that are about the sources. */
const LEFT_OUT =
  /\.test\.ts$|(^|\/)testing(-[a-z]+)?\.ts$|\/testing\/|\/toys\.ts$|\.go$|go\.(mod|sum)$|(compiler|typebox)\/build\.ts$|typebox\/entry\.ts$|write-schemas\.ts$/;
const IMPORTED = /(?:from |import\(|import\.meta\.resolve\(|createRequire\(import\.meta\.url\)\(\s*)'([^'.][^']*)'/g;
const OURS = /((?:from |import\(|new URL\()'\.{1,2}\/[^']*)\.ts'/g;

const scripted = (code: string) => stripTypeScriptTypes(code, { mode: 'strip' }).replace(OURS, "$1.js'");
/** `@scope/name/inner` is of the package `@scope/name`. */
const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

async function packed({ name, description, main, files }: Archive, into: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-package-`));
  try {
    const used = new Set<string>();
    for await (const file of glob(files, { cwd: root })) {
      if (LEFT_OUT.test(file) || !(await stat(join(root, file))).isFile()) continue;
      const to = join(directory, file.replace(/\.ts$/, '.js'));
      await mkdir(dirname(to), { recursive: true });
      if (!file.endsWith('.ts') || file.endsWith('.d.ts')) {
        if (!file.endsWith('.d.ts')) await copyFile(join(root, file), to);
        continue;
      }
      const code = scripted(await readFile(join(root, file), 'utf8'));
      for (const [, specifier = ''] of code.matchAll(IMPORTED)) used.add(packageOf(specifier));
      await writeFile(to, code);
    }
    for (const file of ['LICENSE', 'NOTICE']) await copyFile(join(root, file), join(directory, file));
    const command = join(directory, 'bin', `${name}.js`);
    await mkdir(dirname(command), { recursive: true });
    await copyFile(join(root, 'bin/compile-cache.js'), join(directory, 'bin/compile-cache.js'));
    await writeFile(
      command,
      `#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { useCompileCache } from './compile-cache.js';
useCompileCache(fileURLToPath(new URL('../.compiled', import.meta.url)));
await import('../${main.replace(/\.ts$/, '.js')}');
`,
    );
    await chmod(command, 0o755);
    const dependencies = Object.fromEntries(Object.entries(manifest.dependencies).filter(([each]) => used.has(each)));
    const { version, license } = manifest;
    const own = {
      name,
      version,
      description,
      license,
      type: 'module',
      bin: { [name]: `bin/${name}.js` },
      engines: { node: '>=24' },
    };
    await writeFile(join(directory, 'package.json'), `${JSON.stringify({ ...own, dependencies }, null, 2)}\n`);
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', into], { cwd: directory });
    return join(into, stdout.trim());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Makes the archives in `into`; their paths. */
export async function makePackages(into: string): Promise<Record<Archive['name'], string>> {
  await mkdir(into, { recursive: true });
  const [sudoql = '', sudoqld = ''] = await Promise.all(ARCHIVES.map((archive) => packed(archive, into)));
  return { sudoql, sudoqld };
}

if (process.argv[1] === import.meta.filename) {
  for (const path of Object.values(await makePackages(join(root, 'dist')))) {
    console.log(`${path}  ${((await stat(path)).size / 1_048_576).toFixed(1)} MiB`);
  }
}
