import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeCompiler } from '../compiler/compiler.ts';
import { runTests } from './run-tests.ts';

const compiler = makeCompiler();
after(() => compiler.close());

const run = async (tests: string) => {
  const files = { 'p.rego': 'package p\n\nname := data.names[0]\n', 'p_test.rego': `package p_test\n\n${tests}\n` };
  const request = { files, data: { names: ['a'] }, timeoutMs: 60_000 };
  const { tests: results = [], problems } = await runTests(compiler, request, 120_000);
  assert.equal(problems, undefined);
  return Object.fromEntries(results.map(({ name, result, error }) => [name, error ?? result]));
};

test('a test passes when the compiled policy, which decides, passes it as well', async () => {
  const otherwise = "it passes in OPA's evaluator, and fails in the compiled policy, which is what decides";
  assert.deepEqual(
    await run(`test_well if data.p.name == "a"

test_with if data.p.name == "b" with data.names as ["b"]

test_input if input.x == 1 with input as {"x": 1}

test_fails if data.p.name == "c"

test_twice if true

test_twice if 1 == 2

test_order if [x | some x in {"a", "b", "c"}] == ["a", "b", "c"]

test_concat if concat("", {"a", "b", "c"}) == "abc"

test_cases[name] if { some name in ["x"] }`),
    {
      test_well: 'pass',
      test_with: 'pass',
      test_input: 'pass',
      test_fails: 'fail',
      test_twice: 'pass',
      'test_twice#01': 'fail',
      test_order: otherwise,
      test_concat: otherwise,
      test_cases: 'pass',
    },
  );
});

test('promise 9: a test that the compiled policy must stop is an error of that test, in words', async () => {
  const { test_range, test_well } = await run(
    'test_range if count(numbers.range(1, 2000000)) == 2000000\n\ntest_well if true',
  );
  assert.equal(test_well, 'pass');
  assert.equal(test_range, 'in the compiled policy: it takes more memory than a test may take');
});
