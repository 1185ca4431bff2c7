// A policy's own tests: by OPA's evaluator, which says where one fails, and by the compiled policy, which is what decides.
import type { Compiler } from '../compiler/compiler.ts';
import type { CompilerAnswer, CompilerRequest, TestResult } from '../compiler/messages.ts';
import type { Data } from '../settings/settings.ts';
import { testsApart } from './judge.ts';

/** Of one test by the compiled policy, as path → whether it passed, or why it has no answer. */
export type CompiledTests = Record<string, { passed: boolean; error?: string }>;

/**
 * As the compiler's `test`, of `view`. A test passes when both pass it. Tests of more than one value, of which OPA's runner makes
 * cases, are its alone. `deadlineMs`: of each of the two, for a machine that stands still; what a test may do is counted. With `build`, the
 * module is that of a policy whose tests OPA's evaluator passes.
 */
export async function runTests(
  compiler: Compiler,
  request: Omit<CompilerRequest, 'op'> & { data: Data },
  deadlineMs: number,
): Promise<CompilerAnswer> {
  const { testsWasm, ...answer } = await compiler.run({ op: 'test', ...request }, deadlineMs);
  if (answer.problems?.length || !answer.tests || !testsWasm) return answer;
  const compiled = await testsApart(Buffer.from(testsWasm, 'base64'), request.data, deadlineMs);
  if ('problems' in compiled) return { ...answer, problems: compiled.problems };
  return { ...answer, tests: answer.tests.map((test) => both(test, compiled.tests)) };
}

function both(test: TestResult, compiled: CompiledTests): TestResult {
  const path = `${test.package.replaceAll('.', '/')}/${test.name}`;
  const ours = Object.hasOwn(compiled, path) ? compiled[path] : undefined;
  if (test.result !== 'pass' || !ours || ours.passed) return test;
  const error = ours.error ?? "it passes in OPA's evaluator, and fails in the compiled policy, which is what decides";
  return { ...test, result: 'error', error };
}
