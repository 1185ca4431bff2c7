// `npm test`: every *.test.ts of the project, or those whose path contains one of the arguments.
import { spawn } from 'node:child_process';
import { glob } from 'node:fs/promises';

const wanted = process.argv.slice(2);
const files: string[] = [];
for await (const file of glob('{services,clients,test}/**/*.test.ts')) {
  if (wanted.length === 0 || wanted.some((part) => file.includes(part))) files.push(file);
}
files.sort();
if (files.length === 0) {
  console.error(`No test file${wanted.length ? ` matches ${wanted.join(', ')}` : ' found'}.`);
  process.exit(1);
}

const runner = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=2',
    '--test-timeout=120000',
    '--test-reporter=spec',
    ...files,
  ],
  { stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
runner.on('exit', (code) => process.exit(code ?? 1));
