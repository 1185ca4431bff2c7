// What is asked of the compiler and what it answers; messages.go is the other end.

/** A mistake of the author, at its place. `row` and `col` are 1-based and missing when the place is not known. */
export interface Problem {
  file?: string;
  row?: number;
  col?: number;
  code: string;
  message: string;
  details?: string[];
  /** Path of the rule that it was found in, where its place is not known. */
  rule?: string;
}

export interface CompilerRequest {
  op: 'check' | 'build' | 'test' | 'mutate' | 'eval' | 'format' | 'rules' | 'capabilities';
  /** Path → text, tests included. */
  files: Record<string, string>;
  data?: unknown;
  /** Name (`input/statement`) → JSON Schema, known to annotations as `schema.input.statement`. */
  schemas?: Record<string, unknown>;
  entrypoints?: readonly string[];
  /** Regular expression on `data.package.test_name`. */
  filter?: string;
  coverage?: boolean;
  /** Of one test. */
  timeoutMs?: number;
  /** For `check` and `test`: answers with `wasm` too, when all is well. */
  build?: boolean;
  /** For `mutate`: files and folders, and how many mutants at most. */
  mutate?: readonly string[];
  most?: number;
  /** For `eval`. */
  query?: string;
  input?: unknown;
  trace?: boolean;
}

export interface TestResult {
  package: string;
  name: string;
  file: string;
  row: number;
  result: 'pass' | 'fail' | 'error' | 'skip';
  ms: number;
  error?: string;
  /** Cases of a table-driven test that failed. */
  cases?: string[];
  /** The condition at which it failed, with the values that it compared. */
  failure?: {
    file: string;
    row: number;
    text: string;
    left?: unknown;
    right?: unknown;
    vars?: Record<string, unknown>;
  };
  /** What it printed. */
  output?: string;
}

export interface Coverage {
  percent: number;
  /** Lines as [first, last], 1-based. */
  files: Record<string, { percent: number; covered?: [number, number][]; notCovered?: [number, number][] }>;
}

/** Changes that the tests were tried on, one condition or rule each. */
export interface Mutation {
  tried: number;
  /** No test comes to another value by them. `dropped`: a rule that never holds. */
  unnoticed: { file: string; row: number; col: number; kind: 'negated' | 'dropped'; text: string }[];
  /** Not tried, for there are more than were asked for. */
  left: number;
}

/** An annotated package or rule. */
export interface RuleInfo {
  path: string;
  package: string;
  file: string;
  row: number;
  title?: string;
  description?: string;
  custom?: Record<string, unknown>;
}

export interface TraceEvent {
  op: 'Enter' | 'Exit' | 'Fail';
  file?: string;
  row?: number;
  depth: number;
  text: string;
  /** Path of the rule that it happened in. */
  rule?: string;
  vars?: Record<string, unknown>;
}

export interface CompilerAnswer {
  problems?: Problem[];
  /** Of `check` and `test`: what compiles and is likely not meant. */
  warnings?: Problem[];
  /** Base64, of `build`; `testsWasm` of `test`: the tests that are one value each, of which each is an entrypoint. */
  wasm?: string;
  testsWasm?: string;
  tests?: TestResult[];
  coverage?: Coverage;
  mutation?: Mutation;
  formatted?: Record<string, string>;
  rules?: RuleInfo[];
  defined?: boolean;
  result?: unknown;
  trace?: TraceEvent[];
  builtins?: string[];
}

/** `file:row:col: message (code)`, as editors and terminals make links of it. */
export function describeProblem(problem: Problem): string {
  const place = problem.file
    ? `${problem.file}${problem.row ? `:${problem.row}${problem.col ? `:${problem.col}` : ''}` : ''}: `
    : '';
  return `${place}${problem.message} (${problem.code})`;
}
