import { type Command, Option } from 'commander';
import type { Compiler } from '../compiler/compiler.ts';
import type { CompilerAnswer, Coverage, TestResult } from '../compiler/messages.ts';
import { runTests as runPolicyTests } from '../gate/run-tests.ts';
import { afterEachChange } from './after-each-change.ts';
import { githubMutation, githubTests, junit, lcov } from './formats.ts';
import { mutate, printMutation } from './mutate.ts';
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

export interface TestOptions {
  directory: string;
  json: boolean;
  watch: boolean;
  coverage: boolean;
  threshold?: number;
  filter?: string;
  timeout: number;
  verbose: boolean;
  format: 'text' | 'json' | 'junit' | 'lcov' | 'github';
  mutate: string[];
  changedFrom?: string;
  mutants: number;
  config?: string;
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
    .option('--timeout <ms>', 'of one test', (text) => whole(parts, '--timeout', text), 30_000)
    .addOption(
      new Option('--format <name>', 'how it is told; lcov is the coverage alone')
        .choices(['text', 'json', 'junit', 'lcov', 'github'])
        .default('text'),
    )
    .option(
      '--mutate <path>',
      'then negate conditions and drop rules of this file or folder of the policy (".": of all), one at a time, and name those that no test notices; may be repeated',
      (path: string, before: string[]) => [...before, path],
      [],
    )
    .option('--changed-from <policy>', 'the same of the files that differ from this directory or revision')
    .option('--mutants <n>', 'at most so many', (text) => whole(parts, '--mutants', text), 500)
    .option('-c, --config <file>', "the gateway's configuration, for a revision")
    .option('-v, --verbose', 'name the tests that pass, too', false)
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld policy test --coverage --filter elevation\n  sudoqld policy test --mutate sudoql/statement/rules',
    )
    .action((named: string | undefined, given: TestOptions) => {
      const options = { ...given, directory: directoryOf(named, given) };
      return withCompiler(parts, (compiler) =>
        options.watch ? follow(options, compiler, parts) : once(options, compiler, parts),
      );
    });
}

async function once(options: TestOptions, compiler: Compiler, parts: PolicyCommandParts): Promise<void> {
  if (!(await runTests(options, compiler, parts))) throw parts.fail('', NO);
}

const follow = (options: TestOptions, compiler: Compiler, parts: PolicyCommandParts): Promise<void> =>
  afterEachChange(options.directory, parts.signal, async () => {
    const start = performance.now();
    await runTests(options, compiler, parts);
    if (!options.json) say(parts, `${Math.round(performance.now() - start)} ms; waiting for changes, Ctrl-C ends`);
  });

/** True when all passed, there were some, coverage is enough, and each mutant was noticed. */
async function runTests(options: TestOptions, compiler: Compiler, parts: PolicyCommandParts): Promise<boolean> {
  const opened = await openPolicy(options.directory);
  const coverage = options.coverage || options.threshold !== undefined || options.format === 'lcov';
  const answer: CompilerAnswer = opened.ok
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
  const enough = options.threshold === undefined || (answer.coverage?.percent ?? 0) >= options.threshold;
  // As the gate judges it.
  const passed = !answer.problems?.length && tests.length > 0 && tests.every(({ result }) => result === 'pass');
  const mutation = passed && opened.ok ? await mutate(options, opened, compiler, parts) : null;
  if (mutation && 'problems' in mutation) answer.problems = mutation.problems;
  else if (mutation) answer.mutation = mutation;
  print(answer, options, enough, parts);
  return passed && enough && !answer.problems?.length && !answer.mutation?.unnoticed.length;
}

function print(answer: CompilerAnswer, options: TestOptions, enough: boolean, parts: PolicyCommandParts): void {
  const { problems = [], tests = [], coverage, mutation } = answer;
  switch (options.json ? 'json' : options.format) {
    case 'junit':
      say(parts, junit(tests, problems));
      break;
    case 'lcov': {
      // What is wrong stands beside it.
      const beside = { ...parts, out: parts.err };
      printProblems(beside, problems);
      for (const test of tests) if (test.result !== 'pass') printTest(beside, test);
      if (coverage) say(parts, lcov(coverage, options.directory));
      if (mutation) printMutation(mutation, beside);
      break;
    }
    case 'github':
      for (const line of githubTests(tests, problems, coverage, options.directory)) say(parts, line);
      for (const line of githubMutation(mutation, options.directory)) say(parts, line);
      break;
    case 'json': {
      const failed = problems.length > 0 || tests.length === 0 || tests.some(({ result }) => result !== 'pass');
      const ok = !failed && enough && !mutation?.unnoticed.length;
      const found = { ...(coverage && { coverage }), ...(mutation && { mutation }) };
      say(parts, JSON.stringify({ ok, problems, tests, ...found }));
      break;
    }
    case 'text':
      if (problems.length > 0) printProblems(parts, problems);
      else printText(answer, options, enough, parts);
  }
}

function printText(answer: CompilerAnswer, options: TestOptions, enough: boolean, parts: PolicyCommandParts): void {
  const { tests = [], coverage, mutation } = answer;
  const failed = tests.filter(({ result }) => result !== 'pass');
  for (const test of tests) if (test.result !== 'pass' || options.verbose) printTest(parts, test);
  if (tests.length === 0) say(parts, options.filter ? `no test matches ${options.filter}` : 'there are no tests');
  else say(parts, `${tests.length - failed.length} of ${tests.length} tests pass`);
  if (coverage) printCoverage(parts, coverage);
  if (!enough) say(parts, `coverage is below ${options.threshold} %`);
  if (mutation) printMutation(mutation, parts);
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

function whole(parts: PolicyCommandParts, option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw parts.fail(`${option} takes a whole number, not "${text}"`, USAGE);
  return value;
}
