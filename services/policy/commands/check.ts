import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Problem } from '../compiler/messages.ts';
import type { compilerView } from '../gate/gate.ts';
import { conformanceApart } from '../gate/judge.ts';
import { located } from '../gate/located.ts';
import { unsilenced } from '../lint/lint.ts';
import type { PolicyFiles } from '../source/policy-files.ts';
import { github, sarif } from './formats.ts';
import {
  directoryOf,
  NO,
  openPolicy,
  type PolicyCommandParts,
  printProblems,
  say,
  withCompiler,
  withDirectoryArgument,
  withJson,
} from './parts.ts';

/** For the suite, which counts steps: what takes longer is the machine. */
const JUDGE_MS = 120_000;

export function registerCheck(policy: Command, parts: PolicyCommandParts): void {
  withJson(withDirectoryArgument(policy.command('check')))
    .summary('syntax, types, entrypoints, data, and what every policy must refuse')
    .description(
      'Compiles strictly, with the types of input and settings and the builtins that the gateway has; holds the conformance suite against the result. Tests are run by "policy test".',
    )
    .option('--strict', 'treat warnings as mistakes', false)
    .addOption(
      new Option('--format <name>', 'how it is told').choices(['text', 'json', 'sarif', 'github']).default('text'),
    )
    .option(
      '-c, --config <file>',
      "the gateway's configuration: names of targets and channels that it has not, and of groups that no token is in, are mistakes",
    )
    .addHelpText('after', '\nExample:\n  sudoqld policy check --directory policies')
    .action(async (named: string | undefined, options: Options) => {
      const directory = directoryOf(named, options);
      const { problems, warnings, files } = await checkDirectory(directory, options.config, parts);
      const bad = problems.length > 0 || (options.strict && warnings.length > 0);
      if (options.json || options.format === 'json') say(parts, JSON.stringify({ ok: !bad, problems, warnings }));
      else if (options.format === 'sarif') say(parts, sarif(problems, warnings, resolve(directory)));
      else if (options.format === 'github') for (const line of github(problems, warnings, directory)) say(parts, line);
      else {
        printProblems(parts, problems);
        printProblems(
          parts,
          warnings.map((warning) => ({ ...warning, message: `warning: ${warning.message}` })),
        );
        if (!bad) say(parts, `${directory} is well: ${files} files`);
      }
      if (bad) throw parts.fail('', NO);
    });
}

interface Options {
  format: 'text' | 'json' | 'sarif' | 'github';
  directory: string;
  json: boolean;
  strict: boolean;
  config?: string;
}

interface Checked {
  problems: Problem[];
  warnings: Problem[];
  files: number;
}

async function checkDirectory(
  directory: string,
  config: string | undefined,
  parts: PolicyCommandParts,
): Promise<Checked> {
  const known = config === undefined ? {} : ((await parts.surroundings?.(config)) ?? {});
  const opened = await openPolicy(directory, { ...known, now: new Date() });
  if (!opened.ok) return { problems: opened.problems, warnings: [], files: 0 };
  const { files, view } = opened;
  const checked = await compile(files, view, parts);
  const warnings = unsilenced(files, [...opened.warnings, ...checked.warnings]);
  const wrong = warnings.filter(({ code }) => /^unknown_(target|channel|group)$/.test(code));
  return {
    ...checked,
    problems: [...checked.problems, ...wrong],
    warnings: warnings.filter((one) => !wrong.includes(one)),
  };
}

async function compile(
  files: PolicyFiles,
  view: ReturnType<typeof compilerView>,
  parts: PolicyCommandParts,
): Promise<Checked> {
  return withCompiler(parts, async (compiler) => {
    const checked = await compiler.run({ op: 'check', ...view, build: true });
    const warnings = checked.warnings ?? [];
    if (checked.problems?.length) return { problems: checked.problems, warnings, files: files.size };
    const wasm = Buffer.from(checked.wasm ?? '', 'base64');
    const { problems } = await conformanceApart(wasm, view.data, JUDGE_MS, { toRun: false });
    return { problems: located(problems, files, view.data), warnings, files: files.size };
  });
}
