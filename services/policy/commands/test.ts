import { type Command, Option } from 'commander';
import type { Compiler } from '../compiler/compiler.ts';
import type { Coverage, TestResult } from '../compiler/messages.ts';
import { runTests as runPolicyTests } from '../gate/run-tests.ts';
import { afterEachChange } from './after-each-change.ts';
import { githubTests, junit } from './formats.ts';
import { diffValues } from './value-diff.ts';
import {
  directoryOf,
  NO,
  openPolicy,
  type PolicyCommandParts,
  printProblems,
  say,
  USAGE,
  withCompiler,
  withDirectoryArgument,
  withJson,
} from './parts.ts';

interface Options {
  directory: string;
  json: boolean;
  watch: boolean;
  coverage: boolean;
  threshold?: number;
  filter?: string;
  timeout: number;
  verbose: boolean;
  format: 'text' | 'json' | 'junit' | 'github';
}

/** For all tests together; each has its own time. */
const ALL_MS = 60_000;

export function registerTest(policy: Command, parts: PolicyCommandParts): void {
  withJson(withDirectoryArgument(policy.command('test')))
    .summary("run the policy's own tests")
    .description(
      "Runs the policy's own tests: rules named test_… in files named …_test.rego. Exits with 1 when one fails or is skipped, or there is none.",
    )
    .option('-w, --watch', 'run again after each change', false)
    .option('--coverage', 'say which lines no test reaches', false)
    .option('--threshold <percent>', 'fail below this coverage', (text) => percentage(parts, text))
    .option('-f, --filter <pattern>', 'only tests whose data.package.name matches this regular expression')
    .option('--timeout <ms>', 'of one test', (text) => milliseconds(parts, text), 30_000)
    .addOption(
      new Option('--format <name>', 'how it is told').choices(['text', 'json', 'junit', 'github']).default('text'),
    )
    .option('-v, --verbose', 'name the tests that pass, too', false)
    .addHelpText('after', '\nExample:\n  sudoqld policy test --coverage --filter elevation')
    .action((named: string | undefined, given: Options) => {
      const options = { ...given, directory: directoryOf(named, given) };
      return withCompiler(parts, (compiler) =>
        options.watch ? follow(options, compiler, parts) : once(options, compiler, parts),
      );
    });
}

async function once(options: Options, compiler: Compiler, parts: PolicyCommandParts): Promise<void> {
  if (!(await runTests(options, compiler, parts))) throw parts.fail('', NO);
}

const follow = (options: Options, compiler: Compiler, parts: PolicyCommandParts): Promise<void> =>
  afterEachChange(options.directory, parts.signal, async () => {
    const start = performance.now();
    await runTests(options, compiler, parts);
    if (!options.json) say(parts, `${Math.round(performance.now() - start)} ms; waiting for changes, Ctrl-C ends`);
  });

/** True when all passed, there were some, and coverage is enough. */
async function runTests(options: Options, compiler: Compiler, parts: PolicyCommandParts): Promise<boolean> {
  const opened = await openPolicy(options.directory);
  const coverage = options.coverage || options.threshold !== undefined;
  const answer = opened.ok
    ? await runPolicyTests(
        compiler,
        {
          ...opened.view,
          coverage,
          timeoutMs: options.timeout,
          ...(options.filter !== undefined && { filter: options.filter }),
        },
        ALL_MS,
      )
    : { problems: opened.problems };
  // The one problem that is not the policy's.
  const [first] = answer.problems ?? [];
  if (first?.message.startsWith('error parsing regexp')) throw parts.fail(`--filter: ${first.message}`, USAGE);
  const tests = answer.tests ?? [];
  // As the gate judges it.
  const failed = tests.filter(({ result }) => result !== 'pass');
  const enough = options.threshold === undefined || (answer.coverage?.percent ?? 0) >= options.threshold;
  const ok = !answer.problems?.length && failed.length === 0 && tests.length > 0 && enough;
  if (options.format === 'junit') {
    say(parts, junit(tests, answer.problems ?? []));
    return ok;
  }
  if (options.format === 'github') {
    for (const line of githubTests(tests, answer.problems ?? [], answer.coverage, options.directory)) say(parts, line);
    return ok;
  }
  if (options.json || options.format === 'json') {
    say(
      parts,
      JSON.stringify({
        ok,
        problems: answer.problems ?? [],
        tests,
        ...(answer.coverage && { coverage: answer.coverage }),
      }),
    );
    return ok;
  }
  if (answer.problems?.length) {
    printProblems(parts, answer.problems);
    return false;
  }
  for (const test of tests) if (test.result !== 'pass' || options.verbose) printTest(parts, test);
  if (tests.length === 0) say(parts, options.filter ? `no test matches ${options.filter}` : 'there are no tests');
  else say(parts, `${tests.length - failed.length} of ${tests.length} tests pass`);
  if (answer.coverage) printCoverage(parts, answer.coverage);
  if (!enough) say(parts, `coverage is below ${options.threshold} %`);
  return ok;
}

function printTest(parts: PolicyCommandParts, test: TestResult): void {
  say(parts, `${test.result.toUpperCase()} ${test.file}:${test.row}: ${test.name} (${test.ms} ms)`);
  if (test.error) say(parts, `    ${test.error}`);
  if (test.cases?.length) say(parts, `    cases: ${test.cases.join('; ')}`);
  const { failure } = test;
  if (failure) {
    say(parts, `    ${failure.file}:${failure.row}: ${failure.text.split('\n')[0]}`);
    if (failure.left !== undefined && failure.right !== undefined) {
      for (const line of diffValues(failure.left, failure.right)) say(parts, `      ${line}`);
    } else {
      for (const [name, value] of Object.entries(failure.vars ?? {}))
        say(parts, `      ${name} = ${JSON.stringify(value)}`);
    }
  }
  for (const line of (test.output ?? '').split('\n').filter(Boolean)) say(parts, `    printed: ${line}`);
}

function printCoverage(parts: PolicyCommandParts, coverage: Coverage): void {
  say(parts, `coverage ${coverage.percent.toFixed(1)} %`);
  for (const [file, { notCovered }] of Object.entries(coverage.files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const lines = [
      ...new Set((notCovered ?? []).map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))),
    ];
    if (lines.length > 0) say(parts, `  ${file}: not reached: ${lines.join(', ')}`);
  }
}

function percentage(parts: PolicyCommandParts, text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 100)) throw parts.fail(`--threshold takes a number from 0 to 100, not "${text}"`, USAGE);
  return value;
}

function milliseconds(parts: PolicyCommandParts, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw parts.fail(`--timeout takes milliseconds, not "${text}"`, USAGE);
  return value;
}
