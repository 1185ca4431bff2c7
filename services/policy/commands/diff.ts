import type { Command } from 'commander';
import { NO, openPolicy, type PolicyCommandParts, printProblems, say, withCompiler, withJson } from './parts.ts';
import { comparePolicies, type PolicyDifference } from '../compare.ts';
import { revisionOf } from '../policy-files.ts';

export function registerDiff(policy: Command, parts: PolicyCommandParts): void {
  withJson(policy.command('diff').argument('<a>', 'a policy directory').argument('<b>', 'another'))
    .summary('what differs between two policies')
    .description(
      'Rules and settings that were added, removed or changed. Exits with 1 when they decide by different files.',
    )
    .addHelpText('after', '\nExample:\n  sudoqld policy diff policies /etc/sudoql/policies')
    .action(async (a: string, b: string, options: { json: boolean }) => {
      const before = await opened(a, parts);
      const after = await opened(b, parts);
      const difference = await withCompiler(parts, (compiler) => comparePolicies(compiler, before.files, after.files));
      const revisions = [revisionOf(before.files), revisionOf(after.files)] as const;
      const same = revisions[0] === revisions[1];
      if (options.json) say(parts, JSON.stringify({ same, revisions, ...difference }));
      else print(difference, revisions, parts);
      if (!same) throw parts.fail('', NO);
    });
}

async function opened(directory: string, parts: PolicyCommandParts) {
  const policy = await openPolicy(directory);
  if (policy.ok) return policy;
  printProblems(parts, policy.problems);
  throw parts.fail('', NO);
}

function print(
  difference: PolicyDifference,
  [before, after]: readonly [string, string],
  parts: PolicyCommandParts,
): void {
  say(parts, `${before.slice(0, 12)} → ${after.slice(0, 12)}${before === after ? ': they decide the same' : ''}`);
  for (const { change, path, title } of difference.rules)
    say(parts, `  ${change} rule ${path}${title ? `: ${title}` : ''}`);
  for (const { path, before: was, after: is } of difference.settings) {
    say(parts, `  setting ${path}: ${JSON.stringify(was) ?? 'absent'} → ${JSON.stringify(is) ?? 'absent'}`);
  }
  for (const { change, path } of difference.files) say(parts, `  ${change} file ${path}`);
}
