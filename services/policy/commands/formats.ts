// What check and test found, in the forms that CI systems and code scanners read.
import type { Coverage, Mutation, Problem, TestResult } from '../compiler/messages.ts';
import { unnoticedProblem } from './mutate.ts';

/** SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/). `directory`: what the paths are under, as a URI of its own. */
export function sarif(problems: readonly Problem[], warnings: readonly Problem[], directory: string): string {
  const all = [
    ...problems.map((one) => ({ one, level: 'error' })),
    ...warnings.map((one) => ({ one, level: 'warning' })),
  ];
  const rules = [...new Set(all.map(({ one }) => one.code))].sort();
  const results = all.map(({ one, level }) => ({
    ruleId: one.code,
    level,
    message: { text: [one.message, ...(one.details ?? [])].join('\n') },
    ...(one.file !== undefined && { locations: [{ physicalLocation: placeOf(one, one.file) }] }),
  }));
  const uri = `file://${directory.endsWith('/') ? directory : `${directory}/`}`;
  const run = {
    tool: { driver: { name: 'sudoqld policy check', rules: rules.map((id) => ({ id })) } },
    originalUriBaseIds: { POLICY: { uri: encodeURI(uri) } },
    results,
  };
  return JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] });
}

function placeOf({ row, col }: Problem, file: string): object {
  const region =
    row === undefined ? {} : { region: { startLine: row, ...(col !== undefined && { startColumn: col }) } };
  return { artifactLocation: { uri: encodeURI(file), uriBaseId: 'POLICY' }, ...region };
}

/** JUnit's XML, as CI systems read it: a suite for each package. */
export function junit(tests: readonly TestResult[], problems: readonly Problem[]): string {
  const suites = new Map<string, string[]>();
  const put = (suite: string, line: string) => suites.set(suite, [...(suites.get(suite) ?? []), line]);
  for (const test of tests) {
    const head = `<testcase name=${quoted(test.name)} classname=${quoted(test.package)} file=${quoted(test.file)} line="${test.row}" time="${test.ms / 1_000}"`;
    const { failure } = test;
    const words = failure ? `${failure.file}:${failure.row}: ${failure.text}` : (test.error ?? 'it is not true');
    if (test.result === 'pass') put(test.package, `${head}/>`);
    else if (test.result === 'skip') put(test.package, `${head}><skipped/></testcase>`);
    else {
      const kind = test.result === 'error' ? 'error' : 'failure';
      put(test.package, `${head}><${kind} message=${quoted(words)}/></testcase>`);
    }
  }
  for (const { file = '', row = 0, code, message } of problems)
    put(
      'policy',
      `<testcase name=${quoted(code)} file=${quoted(file)} line="${row}"><error message=${quoted(message)}/></testcase>`,
    );
  const body = [...suites].map(
    ([name, lines]) => `<testsuite name=${quoted(name)} tests="${lines.length}">\n${lines.join('\n')}\n</testsuite>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${body.join('\n')}\n</testsuites>`;
}

/** An attribute of XML 1.0, which has no controls, not even escaped. */
const quoted = (text: string): string =>
  `"${text
    .toWellFormed()
    .replace(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"\t\n\r]/g, (sign) => `&#${sign.codePointAt(0)};`)}"`;

/** Commands of GitHub's workflows, which show at the line (https://docs.github.com/actions/reference/workflow-commands-for-github-actions). */
export function github(problems: readonly Problem[], warnings: readonly Problem[], directory: string): string[] {
  const line = (kind: string, { file, row, col, code, message }: Problem) => {
    const place =
      file === undefined
        ? []
        : [`file=${property(`${directory.replace(/\/$/, '')}/${file}`)}`, `line=${row ?? 1}`, `col=${col ?? 1}`];
    return `::${kind} ${[...place, `title=${property(code)}`].join(',')}::${escaped(message)}`;
  };
  return [...problems.map((one) => line('error', one)), ...warnings.map((one) => line('warning', one))];
}

/** The same of tests: what fails at its line, and lines that no test reaches. */
export function githubTests(
  tests: readonly TestResult[],
  problems: readonly Problem[],
  coverage: Coverage | undefined,
  directory: string,
): string[] {
  const failed = tests
    .filter(({ result }) => result !== 'pass')
    .map(({ file, row, name, result, failure, error }): Problem => {
      const what = failure ? failure.text : (error ?? (result === 'skip' ? 'it is skipped' : 'it is not true'));
      const at = failure ? { file: failure.file, row: failure.row } : { file, row };
      return { ...at, code: name, message: what };
    });
  const unreached = Object.entries(coverage?.files ?? {}).flatMap(([file, { notCovered = [] }]) =>
    notCovered.map(
      ([first, last]): Problem => ({
        ...{ file, row: first, code: 'not_covered' },
        message: first === last ? 'no test reaches this line' : `no test reaches lines ${first} to ${last}`,
      }),
    ),
  );
  return github([...problems, ...failed], unreached, directory);
}

/** The same of changes that no test notices. */
export const githubMutation = (mutation: Mutation | undefined, directory: string): string[] =>
  github([], (mutation?.unnoticed ?? []).map(unnoticedProblem), directory);

/**
 * LCOV's tracefile (geninfo(1)): a line that a test reaches has the count 1, for how often is not known. Paths are below `directory`, as
 * it was named.
 */
export function lcov(coverage: Coverage, directory: string): string {
  const records = Object.entries(coverage.files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, { covered = [], notCovered = [] }]) => {
      const hits = new Map<number, number>();
      for (const row of rowsOf(covered)) hits.set(row, 1);
      // A line that is reached in part is not.
      for (const row of rowsOf(notCovered)) hits.set(row, 0);
      const lines = [...hits].sort(([a], [b]) => a - b);
      return [
        `SF:${directory.replace(/\/$/, '')}/${file}`,
        ...lines.map(([row, hit]) => `DA:${row},${hit}`),
        `LF:${lines.length}`,
        `LH:${lines.filter(([, hit]) => hit > 0).length}`,
        'end_of_record',
      ].join('\n');
    });
  return ['TN:', ...records].join('\n');
}

const rowsOf = (spans: readonly [number, number][]): number[] =>
  spans.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, n) => first + n));

const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
