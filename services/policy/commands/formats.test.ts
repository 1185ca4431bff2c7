import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestResult } from '../compiler/messages.ts';
import { github, githubTests, junit, lcov, sarif } from './formats.ts';

const problem = {
  file: 'settings/ddl/data.yaml',
  row: 3,
  col: 5,
  code: 'data_schema',
  message: 'has no key <a>, "b"\n50 %',
};
const passed: TestResult = { package: 'x_test', name: 'test_a', file: 'x_test.rego', row: 3, result: 'pass', ms: 1.5 };

test('SARIF names rule, level, message and place', () => {
  const { version, runs } = JSON.parse(sarif([problem], [{ code: 'past', message: 'm' }], '/p q/policies'));
  assert.equal(version, '2.1.0');
  assert.deepEqual(runs[0].tool.driver.rules, [{ id: 'data_schema' }, { id: 'past' }]);
  assert.deepEqual(runs[0].originalUriBaseIds, { POLICY: { uri: 'file:///p%20q/policies/' } });
  assert.deepEqual(runs[0].results, [
    {
      ruleId: 'data_schema',
      level: 'error',
      message: { text: problem.message },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'settings/ddl/data.yaml', uriBaseId: 'POLICY' },
            region: { startLine: 3, startColumn: 5 },
          },
        },
      ],
    },
    { ruleId: 'past', level: 'warning', message: { text: 'm' } },
  ]);
});

test('JUnit has a suite for each package, and nothing in it breaks the XML', () => {
  const failing: TestResult = {
    ...passed,
    name: 'test_<&"\u0000',
    result: 'fail',
    failure: { file: 'x_test.rego', row: 4, text: 'a == "<b>"\n& c' },
  };
  const text = junit([passed, failing, { ...passed, package: 'y_test', result: 'skip' }], [problem]);
  assert.equal(
    text,
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="x_test" tests="2">
<testcase name="test_a" classname="x_test" file="x_test.rego" line="3" time="0.0015"/>
<testcase name="test_&#60;&#38;&#34;\ufffd" classname="x_test" file="x_test.rego" line="3" time="0.0015"><failure message="x_test.rego:4: a == &#34;&#60;b&#62;&#34;&#10;&#38; c"/></testcase>
</testsuite>
<testsuite name="y_test" tests="1">
<testcase name="test_a" classname="y_test" file="x_test.rego" line="3" time="0.0015"><skipped/></testcase>
</testsuite>
<testsuite name="policy" tests="1">
<testcase name="data_schema" file="settings/ddl/data.yaml" line="3"><error message="has no key &#60;a&#62;, &#34;b&#34;&#10;50 %"/></testcase>
</testsuite>
</testsuites>`,
  );
});

test('GitHub’s annotations stand at the line, and no message becomes a command of its own', () => {
  assert.deepEqual(github([problem], [{ code: 'past', message: 'a\n::error::b' }], 'policies/'), [
    '::error file=policies/settings/ddl/data.yaml,line=3,col=5,title=data_schema::has no key <a>, "b"%0A50 %25',
    '::warning title=past::a%0A::error::b',
  ]);
});

test('of tests, GitHub’s annotations name what fails where it fails, and lines that no test reaches', () => {
  const failing: TestResult = { ...passed, result: 'fail', failure: { file: 'x.rego', row: 9, text: 'a == 1' } };
  const coverage = {
    percent: 50,
    files: {
      'x.rego': {
        percent: 50,
        notCovered: [
          [2, 2],
          [4, 7],
        ] as [number, number][],
      },
    },
  };
  assert.deepEqual(githubTests([passed, failing, { ...passed, result: 'skip' }], [], coverage, 'p'), [
    '::error file=p/x.rego,line=9,col=1,title=test_a::a == 1',
    '::error file=p/x_test.rego,line=3,col=1,title=test_a::it is skipped',
    '::warning file=p/x.rego,line=2,col=1,title=not_covered::no test reaches this line',
    '::warning file=p/x.rego,line=4,col=1,title=not_covered::no test reaches lines 4 to 7',
  ]);
});

test('LCOV has a record for each file with its lines in order, and a line that is reached in part counts as not reached', () => {
  const spans = (...all: [number, number][]) => all;
  const files = {
    'y.rego': { percent: 0, notCovered: spans([1, 1]) },
    'x.rego': { percent: 50, covered: spans([7, 7], [3, 5]), notCovered: spans([4, 4], [9, 10]) },
  };
  assert.equal(
    lcov({ percent: 40, files }, 'policies/'),
    `TN:
SF:policies/x.rego
DA:3,1
DA:4,0
DA:5,1
DA:7,1
DA:9,0
DA:10,0
LF:6
LH:3
end_of_record
SF:policies/y.rego
DA:1,0
LF:1
LH:0
end_of_record`,
  );
});
