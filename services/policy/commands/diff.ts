import type { Command } from 'commander';
import { changesOf } from '../matrix/changes.ts';
import { askedAbout, matrixFor } from './matrix.ts';
import { NO, type Opened, openNamed, type PolicyCommandParts, say, withCompiler, withJson } from './parts.ts';
import { comparePolicies, differenceLines, type PolicyDifference } from '../differences/compare.ts';
import { revisionOf } from '../source/policy-files.ts';

export function registerDiff(policy: Command, parts: PolicyCommandParts): void {
  withJson(
    policy.command('diff').argument('<a>', 'a directory, or a revision that was activated').argument('<b>', 'another'),
  )
    .summary('what differs between two policies')
    .description(
      'Rules and settings that were added, removed or changed. Exits with 1 when they decide by different files.',
    )
    .option('-c, --config <file>', "the gateway's configuration, for revisions, targets and the ledger's tokens")
    .option('--no-matrix', 'do not ask both what everybody can do')
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld policy diff /etc/sudoql/policies policies\n  sudoqld policy diff 3fb2c1a09d policies',
    )
    .action(async (a: string, b: string, options: DiffOptions) => {
      const before = await openNamed(a, options, parts);
      const after = await openNamed(b, options, parts);
      const difference = await withCompiler(parts, (compiler) => comparePolicies(compiler, before.files, after.files));
      const rights = options.matrix ? await rightsThatDiffer(before, after, options, parts) : [];
      const revisions = [revisionOf(before.files), revisionOf(after.files)] as const;
      const same = revisions[0] === revisions[1];
      if (options.json) say(parts, JSON.stringify({ same, revisions, ...difference, rights }));
      else {
        print(difference, revisions, parts);
        for (const right of rights) say(parts, `  ${right}`);
      }
      if (!same) throw parts.fail('', NO);
    });
}

/** Both asked about the same: everybody that is known, and the groups that either names. */
async function rightsThatDiffer(
  before: Opened & { ok: true },
  after: Opened & { ok: true },
  options: DiffOptions,
  parts: PolicyCommandParts,
): Promise<string[]> {
  const settings = [before, after].map(({ view }) => view.data.settings);
  const asked = await askedAbout({ settings }, options, parts);
  const was = await matrixFor(before, asked, parts, options.json);
  return changesOf(was, await matrixFor(after, asked, parts, options.json));
}

interface DiffOptions {
  json: boolean;
  matrix: boolean;
  config?: string;
}

function print(
  difference: PolicyDifference,
  [before, after]: readonly [string, string],
  parts: PolicyCommandParts,
): void {
  say(parts, `${before.slice(0, 12)} → ${after.slice(0, 12)}${before === after ? ': they decide the same' : ''}`);
  for (const line of differenceLines(difference)) say(parts, `  ${line}`);
}
