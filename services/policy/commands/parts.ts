// What the policy commands get from the program that they are part of.
import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { Mode } from '../../contract/words.ts';
import type { StatementFacts } from '../../statements/facts.ts';
import { type CompiledCache, noCache } from '../compiler/compiled-cache.ts';
import { type Compiler, makeCompiler } from '../compiler/compiler.ts';
import { withKeptAnswers } from '../compiler/kept-answers.ts';
import { describeProblem, type Problem } from '../compiler/messages.ts';
import { makeDirectorySource } from '../source/directory-source.ts';
import { compilerView } from '../gate/gate.ts';
import type { Surroundings } from '../lint/settings.ts';
import type { World } from './world.ts';
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
  /**
   * Targets and people that a configuration and its ledger know; null without a configuration. `config` undefined: the usual one, where
   * it is.
   */
  world?: (config: string | undefined) => Promise<World | null>;
  /** Whether a gateway of the usual configuration, or of one that is named, watches this directory. */
  isWatched?: (directory: string, config: string | undefined) => boolean;
  /** Seconds of a duration as `sudo` takes it; null when it is none. */
  seconds?: (text: string) => number | null;
  /** What a configuration, and its ledger's tokens, know of the names in settings, for `check`. Absent: none is known. */
  surroundings?: (config: string) => Promise<Surroundings>;
  /** Files of a revision that was activated, for `diff`; `config` names the gateway's configuration. Absent: directories only. */
  revision?: (name: string, config: string | undefined) => Promise<PolicyFiles>;
  /** Where what the compiler answered is kept from one command to the next. Default: nowhere. */
  cache?: CompiledCache;
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

/** A line, or several. What an author wrote may be in it: nothing of that is for the terminal to act upon. */
export function say(parts: PolicyCommandParts, text = ''): void {
  parts.out.write(`${text.replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')}\n`);
}

/** A compiler for the time that `act` takes. */
export async function withCompiler<T>(parts: PolicyCommandParts, act: (compiler: Compiler) => Promise<T>): Promise<T> {
  const compiler = withKeptAnswers(makeCompiler(), parts.cache ?? noCache);
  try {
    return await act(compiler);
  } finally {
    await compiler.close();
  }
}

export type Opened =
  | { ok: true; files: PolicyFiles; view: ReturnType<typeof compilerView>; warnings: Problem[] }
  | { ok: false; problems: Problem[] };

/** A policy's files as the compiler takes them, data read and checked. */
export async function openPolicy(directory: string, surroundings?: Surroundings): Promise<Opened> {
  const found = await readDirectory(directory);
  return found.ok ? openFiles(found.files, surroundings) : found;
}

export function openFiles(files: PolicyFiles, surroundings?: Surroundings): Opened {
  const { data, settingsSchema, problems, warnings } = readData(files, surroundings);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, files, view: compilerView(files, data, settingsSchema), warnings };
}

/** A directory, or a revision that was activated. Throws what ends the command. */
export async function openNamed(
  name: string,
  { config, json }: { config?: string; json: boolean },
  parts: PolicyCommandParts,
): Promise<Opened & { ok: true }> {
  const isThere = await stat(name).catch(() => null);
  const policy =
    isThere || !parts.revision || !/^[0-9a-f]{6,64}$/i.test(name)
      ? await openPolicy(name)
      : openFiles(await parts.revision(name, config));
  if (!policy.ok) throw refuse(parts, policy.problems, json);
  return policy;
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

/** Problems, or warnings, that are printed; --json has all. */
const SHOWN = 20;

export function printProblems(parts: PolicyCommandParts, problems: readonly Problem[]): void {
  for (const problem of problems.slice(0, SHOWN)) {
    say(parts, describeProblem(problem));
    for (const detail of (problem.details ?? []).slice(0, SHOWN)) say(parts, `    ${detail}`);
  }
  if (problems.length > SHOWN) say(parts, `and ${problems.length - SHOWN} more; --json has all`);
}
