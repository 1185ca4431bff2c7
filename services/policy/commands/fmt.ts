import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isRego } from '../source/policy-files.ts';
import {
  directoryOf,
  NO,
  type PolicyCommandParts,
  printProblems,
  readDirectory,
  refuse,
  say,
  withCompiler,
  withDirectoryArgument,
  withJson,
} from './parts.ts';

export function registerFmt(policy: Command, parts: PolicyCommandParts): void {
  withJson(withDirectoryArgument(policy.command('fmt')))
    .summary("format the Rego files as OPA's formatter does")
    .option('--check', 'change nothing; fail when a file is not formatted', false)
    .addHelpText('after', '\nExample:\n  sudoqld policy fmt --check')
    .action(async (named: string | undefined, options: { directory: string; json: boolean; check: boolean }) => {
      const directory = directoryOf(named, options);
      const found = await readDirectory(directory);
      if (!found.ok) throw refuse(parts, found.problems, options.json);
      const files = Object.fromEntries([...found.files].filter(([path]) => isRego(path)));
      const answer = await withCompiler(parts, (compiler) => compiler.run({ op: 'format', files }));
      const problems = answer.problems ?? [];
      const changed = Object.entries(answer.formatted ?? {}).filter(([path, text]) => files[path] !== text);
      if (!options.check) for (const [path, text] of changed) await writeFile(join(directory, path), text);
      const paths = changed.map(([path]) => path);
      if (options.json)
        say(
          parts,
          JSON.stringify({
            ok: problems.length === 0 && !(options.check && paths.length > 0),
            problems,
            [options.check ? 'unformatted' : 'formatted']: paths,
          }),
        );
      else {
        printProblems(parts, problems);
        for (const path of paths) say(parts, path);
      }
      if (problems.length > 0 || (options.check && paths.length > 0)) throw parts.fail('', NO);
    });
}
