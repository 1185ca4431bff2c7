import type { Command } from 'commander';
import type { Problem } from '../compiler/messages.ts';
import { conformanceApart } from '../gate/judge.ts';
import { located } from '../gate/located.ts';
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
    .addHelpText('after', '\nExample:\n  sudoqld policy check --directory policies')
    .action(async (named: string | undefined, options: { directory: string; json: boolean; strict: boolean }) => {
      const directory = directoryOf(named, options);
      const { problems, warnings, files } = await checkDirectory(directory, parts);
      const bad = problems.length > 0 || (options.strict && warnings.length > 0);
      if (options.json) say(parts, JSON.stringify({ ok: !bad, problems, warnings }));
      else {
        printProblems(parts, problems);
        for (const warning of warnings) printProblems(parts, [{ ...warning, message: `warning: ${warning.message}` }]);
        if (!bad) say(parts, `${directory} is well: ${files} files`);
      }
      if (bad) throw parts.fail('', NO);
    });
}

async function checkDirectory(
  directory: string,
  parts: PolicyCommandParts,
): Promise<{ problems: Problem[]; warnings: Problem[]; files: number }> {
  const opened = await openPolicy(directory);
  if (!opened.ok) return { problems: opened.problems, warnings: [], files: 0 };
  const { files, view } = opened;
  return withCompiler(parts, async (compiler) => {
    const checked = await compiler.run({ op: 'check', ...view });
    const warnings = checked.warnings ?? [];
    if (checked.problems?.length) return { problems: checked.problems, warnings, files: files.size };
    const built = await compiler.run({ op: 'build', ...view });
    if (built.problems?.length) return { problems: built.problems, warnings, files: files.size };
    const wasm = Buffer.from(built.wasm ?? '', 'base64');
    const { problems } = await conformanceApart(wasm, view.data, JUDGE_MS);
    return { problems: located(problems, files, view.data), warnings, files: files.size };
  });
}
