// What the policy commands get from the program that they are part of.
import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { Mode } from '../../contract/words.ts';
import type { StatementFacts } from '../../statements/facts.ts';
import { type Compiler, makeCompiler } from '../compiler/compiler.ts';
import { describeProblem, type Problem } from '../compiler/messages.ts';
import { makeDirectorySource } from '../source/directory-source.ts';
import { compilerView } from '../gate/gate.ts';
import type { FoundPolicy, PolicyFiles } from '../source/policy-files.ts';
import { readData } from '../settings/settings.ts';

export interface PolicyCommandParts {
  out: Writable;
  err: Writable;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Makes the error that ends a command with an exit code and, unless empty, words. */
  fail: (message: string, exitCode: number) => Error;
  /**
   * Facts of an SQL text against a configured target's catalogue, and the target's labels; for `eval` and `explain`. Absent:
   * these take whole inputs from a file only.
   */
  facts?: (sql: string, where: { config: string | undefined; target: string; mode: Mode }) => Promise<AnalysedText>;
  /** Files of a revision that was activated, for `diff`; `config` names the gateway's configuration. Absent: directories only. */
  revision?: (name: string, config: string | undefined) => Promise<PolicyFiles>;
  /** One that the caller keeps; else each command has its own. */
  compiler?: Compiler;
}

export interface AnalysedText {
  labels: Record<string, string>;
  statements: StatementFacts[];
}

export const NO = 1;
export const USAGE = 2;

export function withDirectory(command: Command): Command {
  return command.option('-d, --directory <directory>', 'the policy: the folder that holds sudoql/', 'policies');
}

/** For commands whose only argument it can be, as in `opa test policies`. */
export function withDirectoryArgument(command: Command): Command {
  return withDirectory(command.argument('[directory]', 'the same as --directory'));
}

export function directoryOf(named: string | undefined, options: { directory: string }): string {
  return named ?? options.directory;
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON', false);
}

export function say(parts: PolicyCommandParts, line = ''): void {
  parts.out.write(`${line}\n`);
}

/** A compiler for the time that `act` takes. */
export async function withCompiler<T>(parts: PolicyCommandParts, act: (compiler: Compiler) => Promise<T>): Promise<T> {
  if (parts.compiler) return act(parts.compiler);
  const compiler = makeCompiler();
  try {
    return await act(compiler);
  } finally {
    await compiler.close();
  }
}

export type Opened =
  | { ok: true; files: PolicyFiles; view: ReturnType<typeof compilerView> }
  | { ok: false; problems: Problem[] };

/** A policy's files as the compiler takes them, data read and checked. */
export async function openPolicy(directory: string): Promise<Opened> {
  const found = await readDirectory(directory);
  return found.ok ? openFiles(found.files) : found;
}

export function openFiles(files: PolicyFiles): Opened {
  const { data, settingsSchema, problems } = readData(files);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, files, view: compilerView(files, data, settingsSchema) };
}

/** A policy is judged as a whole, so one file of it is not enough. */
export async function readDirectory(directory: string): Promise<FoundPolicy> {
  const about = await stat(directory).catch(() => null);
  if (about?.isFile()) {
    const message = `${directory} is a file: give the folder that holds the whole policy (sudoql/, settings/)`;
    return { ok: false, problems: [{ code: 'no_directory', message }] };
  }
  return makeDirectorySource(directory).read();
}

/** Says what is wrong, as JSON where that is asked for, and makes the error that ends the command. */
export function refuse(parts: PolicyCommandParts, problems: readonly Problem[], json: boolean): Error {
  if (json) say(parts, JSON.stringify({ ok: false, problems }));
  else printProblems(parts, problems);
  return parts.fail('', NO);
}

export function printProblems(parts: PolicyCommandParts, problems: readonly Problem[]): void {
  for (const problem of problems) {
    say(parts, describeProblem(problem));
    for (const detail of problem.details ?? []) say(parts, `    ${detail}`);
  }
}
