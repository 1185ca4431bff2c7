// `sudoqld policy …`: what authors of policies need, on files as edited, with no database and no configuration.
import type { Command } from 'commander';
import { registerCheck } from './check.ts';
import { registerDiff } from './diff.ts';
import { registerEval } from './eval.ts';
import { registerExplain } from './explain.ts';
import { registerFmt } from './fmt.ts';
import { registerMatrix, registerWhoCan } from './matrix.ts';
import { registerNew } from './new-rule.ts';
import type { PolicyCommandParts } from './parts.ts';
import { registerTest } from './test.ts';

const HELP = `
Exit codes: 0 well; 1 the answer is no (a mistake, a failing test, a file that is not formatted, a decision that denies, a
difference); 2 wrong usage; 69 a ledger, target or gateway that does not answer; 70 a fault of the program; 78 a configuration that
cannot be used. With --json, standard output has JSON alone.

Example:
  sudoqld policy new rule no_friday_writes
  sudoqld policy test --watch`;

/** Adds `policy` and its subcommands to `program`; returns it, for those that need a gateway's configuration. */
export function registerPolicyCommands(program: Command, parts: PolicyCommandParts): Command {
  const policy = program
    .command('policy')
    .summary('check, test, try, compare, activate and replay policies')
    .description(
      'Most work on the files of a policy directory as they are now. Only activate and rollback change what gateways decide.',
    )
    .addHelpText('after', HELP);
  for (const register of [
    registerCheck,
    registerTest,
    registerFmt,
    registerEval,
    registerExplain,
    registerNew,
    registerMatrix,
    registerWhoCan,
    registerDiff,
  ]) {
    register(policy, parts);
  }
  return policy;
}
