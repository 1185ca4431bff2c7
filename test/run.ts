// `npm test`: every *.test.ts of the project, or those whose path contains one of the arguments.
import { spawn } from 'node:child_process';
import { glob } from 'node:fs/promises';

/** Many times what a quiet machine takes. */
const LONGEST_MS = 25 * 60_000;

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
// A file that leaves something open would keep the run alive for ever. The runner, when it is ended, says which.
const late = setTimeout(() => {
  console.error(`The tests did not end within ${LONGEST_MS / 60_000} minutes: something was left open.`);
  runner.kill('SIGTERM');
}, LONGEST_MS);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
runner.on('exit', (code) => {
  clearTimeout(late);
  process.exit(code ?? 1);
});
