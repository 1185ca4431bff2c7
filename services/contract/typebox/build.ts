// `npm run build:typebox`: the package's 700 modules → typebox.js. Every process and thread loads it, and one file takes a twentieth of
// the time. With --check: fails when the file is not what the installed package gives.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const file = join(import.meta.dirname, 'typebox.js');
const { version } = JSON.parse(
  await readFile(join(import.meta.dirname, '../../../node_modules/typebox/package.json'), 'utf8'),
) as { version: string };
const { outputFiles } = await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['entry.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'error',
  banner: { js: `// typebox ${version}, made by build.ts; its licence is in NOTICE.` },
});
const made = outputFiles[0]?.text ?? '';
if (!process.argv.includes('--check')) await writeFile(file, made);
else if ((await readFile(file, 'utf8')) !== made) {
  console.error('typebox.js is not what the installed package gives: run "npm run build:typebox".');
  process.exitCode = 1;
}
