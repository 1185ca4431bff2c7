import { type Command, InvalidArgumentError } from 'commander';
import { inColumns } from '../../contract/columns.ts';
import { parseWhen } from '../../ledger/read/entry-filter.ts';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { makeCompiler } from '../../policy/compiler/compiler.ts';
import { isRego } from '../../policy/source/policy-files.ts';
import { makeRevisions } from '../../policy/source/revisions.ts';
import { ruleUsage } from '../policy/rule-usage.ts';
import { connectionOf } from '../targets/connections.ts';
import { CommandFailed, configOf, type Io, say, withConfig } from './io.ts';
import { filesNamed, policyInForce } from './policy-files.ts';

interface Options {
  config: string;
  json: boolean;
  since: Date;
}

/** `sudoqld policy usage` */
export function registerUsage(policy: Command, io: Io): void {
  withConfig(policy.command('usage').argument('[policy]', 'a directory, or a revision; default: what is in force'))
    .summary('which rules refused something, and which never did')
    .description(
      'Each rule with its code, by how many recorded decisions named it as a reason. A rule that never did may be one that everybody keeps to, or one that nothing comes to.',
    )
    .option('--since <when>', 'decisions from then on: 30d, 2h, 2026-11-24', when, when('90d'))
    .option('--json', 'print JSON', false)
    .addHelpText('after', '\nExample:\n  sudoqld policy usage --since 90d')
    .action(async (name: string | undefined, options: Options) => {
      const config = configOf(options, io);
      const pool = makeLedgerPool({
        connection: connectionOf(config.ledger, config.ledger.auditor ?? config.ledger.gateway),
      });
      const compiler = makeCompiler();
      try {
        const files =
          name === undefined ? await policyInForce(config) : await filesNamed(name, () => makeRevisions(pool));
        if (!files) throw new CommandFailed('No policy was activated yet.');
        const rego = Object.fromEntries([...files].filter(([path]) => isRego(path)));
        const { rules = [] } = await compiler.run({ op: 'rules', files: rego });
        const usage = await ruleUsage(pool, rules, options.since);
        if (options.json) for (const one of usage) say(io.out, JSON.stringify(one));
        else
          io.out.write(
            inColumns(
              usage.map(({ rule, code, times, last }) => [
                code,
                times === 0 ? 'never' : String(times),
                last?.slice(0, 10) ?? '',
                rule ?? 'of no rule in this policy',
              ]),
            ),
          );
      } finally {
        await compiler.close();
        await pool.close();
      }
    });
}

function when(text: string): Date {
  const found = parseWhen(text, new Date());
  if (!found) throw new InvalidArgumentError('30d, 2h, 2026-11-24, 2026-11-24T14:00Z');
  return found;
}
