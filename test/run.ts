// `npm test`: every *.test.ts of the project, or those whose path contains one of the words; longest first, as many at once
// as there are cores and two more, for a test waits more than it works.
//
//   --all          all cases of the large collections, of which a day's part is played otherwise, as in CI
//   --quick        only files that need no server and take no time of their own
//   --name TEXT    only tests whose name contains TEXT
//   --measure      writes how long each file took to test/durations.json
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { needsServer, testFiles } from './files.ts';
import { removeLostData } from './helpers/data-directory.ts';
import { WHOLE } from './helpers/sample.ts';

/** Many times what a quiet machine takes: one test, and all of them. */
const LONGEST_TEST_MS = 10 * 60_000;
const LONGEST_MS = 60 * 60_000;
/** Seconds beyond which a file is written down, and those that one has that is not: with a server and without. */
const WORTH_A_LINE = 3;
const USUAL = { server: 20, alone: 1 };

const root = join(import.meta.dirname, '..');
const durationsFile = join(import.meta.dirname, 'durations.json');
const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean' },
    quick: { type: 'boolean' },
    name: { type: 'string', multiple: true },
    measure: { type: 'boolean' },
  },
});
const fail = (why: string): never => {
  console.error(why);
  process.exit(1);
};

// Sources are stripped of their types and compiled once, not by each of the processes that follow: bin/compile-cache.js for these.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/sudoql-compiled');

if (options.all || options.name) process.env[WHOLE] = '1';

// What commands keep of compiled policies is neither the developer's nor made anew by each file.
process.env.XDG_CACHE_HOME = join(root, 'node_modules/.cache/commands');
mkdirSync(process.env.XDG_CACHE_HOME, { recursive: true });

const durations = JSON.parse(await readFile(durationsFile, 'utf8')) as Record<string, number>;
const seconds = new Map<string, number>();
const files: string[] = [];
for (const file of await testFiles()) {
  if (words.length > 0 && !words.some((word) => file.includes(word))) continue;
  const server = await needsServer(file);
  const usual = durations[file] ?? (server ? USUAL.server : USUAL.alone);
  if (options.quick && (server || usual > WORTH_A_LINE)) continue;
  seconds.set(file, usual);
  files.push(file);
}
if (files.length === 0) fail(`No test file${words.length ? ` matches ${words.join(', ')}` : ' found'}.`);
await removeLostData();
files.sort((a, b) => (seconds.get(b) ?? 0) - (seconds.get(a) ?? 0));

const over = new AbortController();
// A file that leaves something open would keep the run alive for ever.
setTimeout(() => {
  console.error(`The tests did not end within ${LONGEST_MS / 60_000} minutes: something was left open.`);
  over.abort();
}, LONGEST_MS).unref();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => over.abort());

const took: Record<string, number> = {};
/** A file without a test is reported as if it were a test that passed. */
const empty: string[] = [];
let ran = 0;
let well = false;
const tests = run({
  files: files.map((file) => join(root, file)),
  cwd: root,
  concurrency: availableParallelism() + 2,
  signal: over.signal,
  // Of a test, not of a file.
  execArgv: ['--disable-warning=ExperimentalWarning', `--test-timeout=${LONGEST_TEST_MS}`],
  ...(options.name && { testNamePatterns: options.name.map((text) => new RegExp(RegExp.escape(text))) }),
});
tests.on('test:summary', ({ file, success }) => {
  if (file === undefined) well = success;
});
Readable.from(watched(tests)).pipe(new spec()).pipe(process.stdout);

async function* watched(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    const { type, data } = event;
    if (type === 'test:pass' && data.name === data.file) empty.push(relative(root, data.name));
    else {
      if (type === 'test:pass' || type === 'test:fail') {
        ran += 1;
        if (data.nesting === 0 && data.file !== undefined) count(data.file, data.details.duration_ms);
      }
      yield event;
    }
  }
}

/** A file's tests run one after the other; what it does before and after them, and what another file declares for it, is not told. */
function count(file: string, ms: number): void {
  const path = relative(root, file);
  took[path] = (took[path] ?? 0) + ms / 1_000;
}

process.on('exit', () => {
  if (options.measure) writeFileSync(durationsFile, measured());
  if (!well || over.signal.aborted) process.exitCode = 1;
  if (ran === 0) fail('No test ran.');
  if (empty.length > 0 && !options.name) fail(`No test in ${empty.join(', ')}.`);
});

function measured(): string {
  const lines = Object.entries({ ...durations, ...took })
    .filter(([file, s]) => s > WORTH_A_LINE && file.endsWith('.test.ts') && existsSync(join(root, file)))
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([file, s]) => [file, Math.round(s)]);
  return `${JSON.stringify(Object.fromEntries(lines), null, 2)}\n`;
}
