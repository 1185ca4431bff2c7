// All that stands between files and a live policy.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { CompiledCache } from '../compiler/compiled-cache.ts';
import type { Compiler } from '../compiler/compiler.ts';
import { type CompilerAnswer, describeProblem, type Problem, type TestResult } from '../compiler/messages.ts';
import { CONFORMANCE_VERSION } from './conformance.ts';
import { ENTRYPOINTS, OPTIONAL_ENTRYPOINTS } from '../decision.ts';
import { conformanceApart, readDataApart } from './judge.ts';
import { changedRules, unreachedLines } from './changed-rules.ts';
import { located } from './located.ts';
import { runTests } from './run-tests.ts';
import { isMistake, unsilenced } from '../lint/lint.ts';
import { contentHashOf, isRego, type PolicyFiles, revisionOf } from '../source/policy-files.ts';
import { entrypointSchemas } from '../schemas/schemas.ts';
import type { Data } from '../settings/settings.ts';
import { settingsSchema } from '../settings/settings-schema.ts';
import { loadWasmPolicy, type WasmPolicy } from '../wasm-policy.ts';

export interface Gated {
  ok: true;
  revision: string;
  files: PolicyFiles;
  policy: WasmPolicy;
  /** What `policy` runs, for other threads. */
  module: WebAssembly.Module;
  data: Data;
  /** Tests that passed; null when the result was taken from the cache. */
  tests: number | null;
}

export interface Refused {
  ok: false;
  /** Of what was refused; null when the files could not even be read. */
  revision: string | null;
  problems: Problem[];
}

export interface GateParts {
  compiler: Compiler;
  cache: CompiledCache;
  /** The policy's own tests passed where it was activated: all else is judged here. */
  tested?: boolean;
  /** Of all tests together, in ms of the processor; default 60,000. */
  testsDeadlineMs?: number;
  /** Which findings of the linter refuse a policy that is new here; default: what can only be a mistake. */
  lint?: 'off' | 'mistakes' | 'all';
  /** With `changed` a test must reach each line of a rule that was not there `before`, in the policy in force. Default: off. */
  coverage?: 'off' | 'changed';
  before?: PolicyFiles | null;
  /** For reading data and for the conformance suite, each, in ms of the processor; default 30,000, of which a good policy needs some 300. */
  judgeDeadlineMs?: number;
}

/** What the compiler is told of a policy in any of its operations. */
export function compilerView(files: PolicyFiles, data: Data, settingsSchema: unknown) {
  return {
    files: Object.fromEntries([...files].filter(([path]) => isRego(path))),
    data,
    // The gateway's own schemas, not the directory's copies: an author cannot loosen them.
    schemas: { ...entrypointSchemas(), settings: settingsSchema ?? {} },
    // One written before there were all of them is not refused for it.
    entrypoints: Object.values(ENTRYPOINTS).filter(
      (path) => !OPTIONAL_ENTRYPOINTS.has(path) || files.has(`${path}.rego`),
    ),
  };
}

/**
 * Reads data, compiles strictly with types, runs the policy's own tests (there must be some, and none may be skipped), builds, loads
 * and holds the conformance suite against it. Never throws for a bad policy.
 */
export async function gate(files: PolicyFiles, parts: GateParts): Promise<Gated | Refused> {
  const {
    compiler,
    cache,
    tested: testedBefore = false,
    testsDeadlineMs = 60_000,
    judgeDeadlineMs = 30_000,
    lint = 'mistakes',
    coverage = 'off',
    before = null,
  } = parts;
  const revision = revisionOf(files);
  const refuse = (problems: Problem[]): Refused => ({ ok: false, revision, problems });

  const { data, settingsSchema: settings, problems, warnings } = await readDataApart(files, judgeDeadlineMs);
  if (problems.length > 0) return refuse(problems);
  const view = compilerView(files, data, settings);

  const key = await cacheKey(files);
  const untested = `${key}-untested`;
  const changed = coverage === 'changed' && before && !testedBefore ? changedRules(files, before) : [];
  // Tests reach what is new beside one policy, and perhaps not what is new beside another.
  const beside = changed.length > 0 && before ? `${key}-${contentHashOf(before)}` : key;
  const cached = (await cache.read(beside)) ?? (testedBefore ? await cache.read(untested) : null);
  if (cached) {
    const loaded = await judged(cached, files, data, judgeDeadlineMs);
    if (loaded.ok) {
      const { policy, module } = loaded;
      return { ok: true, revision, files, policy, module, data, tests: null };
    }
  }

  const built = testedBefore
    ? { ...(await compiler.run({ op: 'build', ...view })), tests: null }
    : await tested({ ...view, coverage: changed.length > 0 }, compiler, testsDeadlineMs);
  if (built.problems?.length) return refuse(built.problems);
  const tests = built.tests?.length ?? null;
  const unreached = changed.flatMap((path) => unreachedLines(path, files, before, built.coverage));
  if (unreached.length > 0) return refuse(unreached);
  if (tests !== null && lint !== 'off') {
    const found = unsilenced(files, [...warnings, ...(built.warnings ?? [])]);
    const refused = lint === 'all' ? found : found.filter(isMistake);
    if (refused.length > 0) return refuse(refused);
  }
  const wasm = Buffer.from(built.wasm ?? '', 'base64');
  const loaded = await judged(wasm, files, data, judgeDeadlineMs);
  if (!loaded.ok) return refuse(loaded.problems);
  for (const each of tests === null ? [untested] : new Set([key, beside])) await cache.write(each, wasm);
  const { policy, module } = loaded;
  return { ok: true, revision, files, policy, module, data, tests };
}

/** Of one test, by the clock: a hundred times what it takes, for a host that is busy. All together are held to time of the processor. */
const TEST_MS = 30_000;

/** Its module, when each test passes and there are some; else what is wrong. */
async function tested(
  view: ReturnType<typeof compilerView> & { coverage: boolean },
  compiler: Compiler,
  deadlineMs: number,
): Promise<CompilerAnswer> {
  const answer = await runTests(compiler, { ...view, timeoutMs: TEST_MS, build: true }, deadlineMs);
  const { problems, tests = [] } = answer;
  if (problems?.length) return answer;
  const none = { code: 'no_tests', message: 'the policy has no tests: rules named test_… in files named …_test.rego' };
  if (tests.length === 0) return { problems: [none] };
  const failed = tests.filter(({ result }) => result !== 'pass');
  return failed.length > 0 ? { problems: failed.map(problemOfTest) } : answer;
}

/** Judged apart first, for what is loaded here cannot be interrupted. */
async function judged(
  wasm: Uint8Array,
  files: PolicyFiles,
  data: Data,
  deadlineMs: number,
): Promise<{ ok: true; policy: WasmPolicy; module: WebAssembly.Module } | { ok: false; problems: Problem[] }> {
  const { problems, module } = await conformanceApart(wasm, data, deadlineMs, { toRun: true });
  if (problems.length > 0) return { ok: false, problems: located(problems, files, data) };
  if (!module) throw new Error('The judging thread found no problem and gave no module.');
  return { ok: true, policy: await loadWasmPolicy(module, data), module };
}

async function cacheKey(files: PolicyFiles): Promise<string> {
  const compiler = await readFile(new URL('../compiler/compiler.sha256', import.meta.url), 'utf8');
  return createHash('sha256')
    .update(
      [
        contentHashOf(files),
        compiler.trim(),
        CONFORMANCE_VERSION,
        JSON.stringify([entrypointSchemas(), settingsSchema()]),
      ].join('\n'),
    )
    .digest('hex');
}

function problemOfTest(test: TestResult): Problem {
  const what = { fail: 'fails', error: `fails: ${test.error}`, skip: 'is skipped', pass: 'passes' }[test.result];
  const at = test.failure ? ` at ${test.failure.file}:${test.failure.row}: ${test.failure.text}` : '';
  return { file: test.file, row: test.row, code: 'test_failed', message: `${test.name} ${what}${at}` };
}

/** Characters of one problem. */
const SHOWN = 1_000;

/** A few lines for a person, most telling first. What the author wrote may be in them: nothing that a terminal, or the record, stumbles over. */
export function describeRefusal(problems: readonly Problem[]): string {
  const shown = problems.slice(0, 5).map((problem) => {
    const words = describeProblem(problem);
    const short = words.length > SHOWN ? `${words.slice(0, SHOWN)}…` : words;
    return short.toWellFormed().replace(/(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu, '\ufffd');
  });
  if (problems.length > shown.length)
    shown.push(`and ${problems.length - shown.length} more; "sudoqld policy check" and "policy test" show all`);
  return shown.join('\n');
}
