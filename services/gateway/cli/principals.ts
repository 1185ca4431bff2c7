import type { Command } from 'commander';
import { systemClock } from '../../contract/clock.ts';
import { inColumns } from '../../contract/columns.ts';
import { listPrincipals, type PrincipalRow } from '../../ledger/read/principals.ts';
import { SignInRefused } from '../../people/refused.ts';
import { makeSignIns } from '../../people/sign-ins.ts';
import { asGateway } from './as-gateway.ts';
import { CommandFailed, EXIT, type Io, operator, say, withConfig } from './io.ts';

const UNUSED_MS = 30 * 86_400_000;

export function registerPrincipals(program: Command, io: Io): void {
  const principals = program
    .command('principals')
    .summary('see who may connect, and say whose principal somebody is')
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld principals list --unused\n  sudoqld principals join ana --subject 00u1abcd',
    );
  withConfig(principals.command('list'))
    .description(
      'Lists principals: what they are, how many tokens of theirs are good, who signs in as them, when and from where each was seen last.',
    )
    .option('--unused', 'only those that nobody has used for 30 days', false)
    .option('--json', 'one JSON object a line', false)
    .addHelpText('after', '\nExample:\n  sudoqld principals list --unused')
    .action((options: { config: string; unused: boolean; json: boolean }) =>
      asGateway(options, io, async ({ pool }) => {
        const rows = (await listPrincipals(pool)).filter((row) => !options.unused || isUnused(row));
        if (options.json) for (const row of rows) say(io.out, JSON.stringify(row));
        else if (rows.length === 0) say(io.out, 'There is none.');
        else io.out.write(inColumns([HEADER, ...rows.map(cells)]));
      }),
    );
  withConfig(principals.command('join <principal>'))
    .description('Says that who signs in as that subject is this principal, one that an operator made. It stays so.')
    .requiredOption('--subject <subject>', 'what the provider calls the person (sub); the refused sign-in says it')
    .addHelpText('after', '\nExample:\n  sudoqld principals join ana --subject 00u1abcd')
    .action((principal: string, options: { config: string; subject: string }) =>
      asGateway(options, io, async ({ config, pool, ledger }) => {
        if (config.signIn === null) throw new CommandFailed('Nobody signs in here: there is no sign_in.', EXIT.usage);
        if (!(await listPrincipals(pool)).some((row) => row.principal === principal))
          throw new CommandFailed(`There is no principal ${principal}.`, EXIT.no);
        try {
          await makeSignIns({ pool, ledger, clock: systemClock }).join(
            config.signIn.issuer,
            options.subject,
            principal,
            operator(),
          );
        } catch (error) {
          if (error instanceof SignInRefused) throw new CommandFailed(error.message, EXIT.no);
          throw error;
        }
        say(io.out, `Who signs in as ${options.subject} is ${principal} from now on.`);
      }),
    );
}

/** New ones have had no time to be used. */
const isUnused = ({ seenAt, createdAt }: PrincipalRow): boolean =>
  Date.now() - (seenAt ?? createdAt).getTime() > UNUSED_MS;

const HEADER = ['PRINCIPAL', 'KIND', 'TOKENS', 'SIGNS IN AS', 'LAST SEEN', 'FROM'];
function cells(row: PrincipalRow): string[] {
  return [
    row.principal,
    row.kinds.join(',') || 'human',
    String(row.tokens),
    row.identities.join(', ') || '-',
    row.seenAt ? `${row.seenAt.toISOString()}${isUnused(row) ? ' (unused)' : ''}` : 'never',
    row.seenFrom ?? '-',
  ];
}
