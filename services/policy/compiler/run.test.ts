// Most tests are run without OPA's runner (run.go), and must end as it ends them: what is expected here was taken from it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeCompiler } from './compiler.ts';
import type { TestResult } from './messages.ts';

const compiler = makeCompiler();
after(() => compiler.close());

const policy = `package p

default allow := false

allow if input.x == 1

v := 1 if input.x == 1

v := 2 if input.y == 1
`;

const loop = `some i in numbers.range(1, 3000)
	some j in numbers.range(1, 3000)
	some k in numbers.range(1, 3000)
	i + j + k == 0`;

const late = 'the test did not end within its time';
const noNumber = 'eval_builtin_error: to_number: not a number';

/** Text of tests in package p_test → what becomes of each. */
const kinds: Record<string, Record<string, Partial<TestResult>>> = {
  'test_a if not data.p.allow with input as {"x": 2}': { test_a: { result: 'pass' } },
  'test_a if data.p.allow with input as {"x": 2}': { test_a: { result: 'fail' } },
  'test_a := false': { test_a: { result: 'fail' } },
  'test_a := 1': { test_a: { result: 'fail' } },
  'test_a := {"a": true}': { test_a: { result: 'fail' } },
  'default test_a := true': { test_a: { result: 'pass' } },
  'test_a if { false } else if { true }': { test_a: { result: 'pass' } },
  'test_a := true if { false } else := false': { test_a: { result: 'fail' } },
  'test_a if true\n\ntest_a if false': { test_a: { result: 'pass' }, 'test_a#01': { result: 'fail' } },
  'test_a if to_number("x") == 1': { test_a: { result: 'error', error: `p_test.rego:3: ${noNumber}` } },
  'test_a if not to_number("x") == 1': { test_a: { result: 'error', error: `p_test.rego:3: ${noNumber}` } },
  'test_a if {\n\tnot to_number("x")\n\tnot to_number("x") == 1\n}': {
    test_a: { result: 'error', error: `p_test.rego:4: ${noNumber}\np_test.rego:5: ${noNumber}` },
  },
  'test_a if data.p.v == 1 with input as {"x": 1, "y": 1}': {
    test_a: {
      result: 'error',
      error:
        'p.rego:9: eval_conflict_error: rule data.p.v produced conflicting values:\n  1 at p.rego:7\n  2 at p.rego:9',
    },
  },
  'test_a if {\n\tprint("seen", data.p.allow, input.x)\n\tfalse\n}': {
    test_a: { result: 'fail', output: 'seen false <undefined>\n' },
  },
  [`test_a if {\n\t${loop}\n}\n\ntest_b if true`]: {
    test_a: { result: 'error', error: late },
    test_b: { result: 'pass' },
  },
  // OPA's runner could not end this one: its timers do not run within a builtin.
  'test_a if count(numbers.range(1, 2000000000)) == 0': { test_a: { result: 'error', error: late } },
  'todo_test_a if false\n\nother_test if false': { todo_test_a: { result: 'skip' } },
  'test_a[name] if {\n\tsome name, x in {"one": 1, "two": 2}\n\tprint(name)\n\tdata.p.allow with input as {"x": x}\n}':
    {
      test_a: { result: 'fail', cases: ['two'], output: 'one\ntwo\n' },
    },
  [`test_a[name] if {\n\tsome name in ["a", "b"]\n\t${loop}\n}`]: { test_a: { result: 'error', error: late } },
  'test_a contains 1': { test_a: { result: 'fail' } },
  'a.test_a if true\n\na.test_b if false': { 'a.test_a': { result: 'pass' }, 'a.test_b': { result: 'fail' } },
};

for (const coverage of [false, true]) {
  test(`every kind of test ends as OPA's runner ends it${coverage ? ', with coverage, too' : ''}`, async () => {
    for (const [text, expected] of Object.entries(kinds)) {
      const { tests, problems } = await compiler.run({
        op: 'test',
        files: { 'p.rego': policy, 'p_test.rego': `package p_test\n\n${text}\n` },
        coverage,
        timeoutMs: 200,
      });
      const found = tests?.map(({ name, result, error, cases, output }) => [
        name,
        { result, ...(error && { error }), ...(cases && { cases }), ...(output && { output }) },
      ]);
      assert.deepEqual(
        { problems, tests: Object.fromEntries(found ?? []) },
        { problems: undefined, tests: expected },
        text,
      );
    }
  });
}

test('a filter chooses among all kinds of tests by their full names', async () => {
  const files = {
    'p_test.rego':
      'package p_test\n\ntest_a if true\n\ntest_b if true\n\ntest_ab[name] if { some name in ["x"] }\n\ntodo_test_b if false\n',
  };
  const named = async (filter: string) =>
    (await compiler.run({ op: 'test', files, filter, timeoutMs: 1_000 })).tests?.map(({ name }) => name);
  assert.deepEqual(await named('p_test.test_a'), ['test_a', 'test_ab']);
  assert.deepEqual(await named('test_b$'), ['test_b', 'todo_test_b']);
  assert.equal(await named('nothing'), undefined);
});
