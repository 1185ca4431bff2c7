import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Elevate, PrincipalKind } from '../../contract/words.ts';
import { makeTokens, TokenRefused } from '../../ledger/tokens/make-tokens.ts';
import type { TokenRow, Tokens } from '../../ledger/tokens/tokens.ts';
import { DURATION_PATTERN, milliseconds } from '../config/units.ts';
import { asGateway } from './as-gateway.ts';
import { CommandFailed, EXIT, type Io, operator, say, withConfig } from './io.ts';
import { inColumns } from '../../contract/columns.ts';

interface CreateOptions {
  config: string;
  user: string;
  kind: PrincipalKind;
  elevate?: Elevate;
  groups?: string[];
  email?: string;
  expires: number;
  json: boolean;
}

/** As much as the kind may have: in-band elevation is for people at a keyboard. */
const MOST: Record<PrincipalKind, Elevate> = { human: 'in-band', service: 'connect', agent: 'none' };

export function registerToken(program: Command, io: Io): void {
  const token = program
    .command('token')
    .summary('make, list and revoke tokens')
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld token create --user ana --kind human --groups dev --expires 30d\n  sudoqld token list\n  sudoqld token revoke tok_…',
    );
  withConfig(token.command('create'))
    .description('Makes a token and prints it, once. Only a verifier and a hash of it are stored.')
    .requiredOption('-u, --user <name>', 'whose it is')
    .addOption(
      new Option('-k, --kind <kind>', 'what uses it').choices(['human', 'service', 'agent']).makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--elevate <how>',
        'how it may elevate (default: as much as its kind may: human in-band, service connect, agent none)',
      ).choices(['none', 'connect', 'in-band']),
    )
    .option('-g, --groups <names>', 'groups, separated by commas', names)
    .option('--email <address>', 'for notices')
    .addOption(
      new Option('-e, --expires <duration>', 'how long it is good, such as 12h')
        .argParser(seconds)
        .default(30 * 86_400, '30d'),
    )
    .option('--json', 'print id, secret and expiry as JSON', false)
    .addHelpText(
      'after',
      '\nExample:\n  sudoqld token create --user ana --kind human --groups dev,oncall --expires 30d',
    )
    .action((options: CreateOptions) =>
      withTokens(options, io, async (tokens) => {
        const made = await tokens.create(
          {
            user: options.user,
            email: options.email ?? null,
            kind: options.kind,
            elevate: options.elevate ?? MOST[options.kind],
            groups: options.groups ?? [],
            lifetime: options.expires,
          },
          operator(),
        );
        if (options.json) say(io.out, JSON.stringify({ ...made, user: options.user }));
        else {
          say(io.out, made.secret);
          say(io.err, `${made.id}, good until ${made.expiresAt.toISOString()}. It is not shown again.`);
        }
      }),
    );
  withConfig(token.command('list'))
    .description('Lists tokens, never their secrets.')
    .option('-u, --user <name>', 'only theirs')
    .option('--json', 'one JSON object a line', false)
    .addHelpText('after', '\nExample:\n  sudoqld token list --user ana')
    .action((options: { config: string; user?: string; json: boolean }) =>
      withTokens(options, io, async (tokens) => {
        const rows = await tokens.list(options.user);
        if (options.json) for (const row of rows) say(io.out, JSON.stringify(row));
        else if (rows.length === 0) say(io.out, 'There is none.');
        else io.out.write(inColumns([HEADER, ...rows.map(cells)]));
      }),
    );
  withConfig(token.command('revoke <ids...>'))
    .description('Revokes tokens. Their sessions end within a second, elevations with them.')
    .addHelpText('after', '\nExample:\n  sudoqld token revoke tok_5f0c…')
    .action((ids: string[], options: { config: string }) =>
      withTokens(options, io, async (tokens) => {
        let all = true;
        for (const id of ids) {
          const revoked = await tokens.revoke(id, operator());
          all &&= revoked;
          say(io.out, revoked ? `${id} is revoked.` : `There is no live token ${id}.`);
        }
        if (!all) throw new CommandFailed('', EXIT.no);
      }),
    );
}

async function withTokens(options: { config: string }, io: Io, use: (tokens: Tokens) => Promise<void>): Promise<void> {
  try {
    await asGateway(options, io, ({ pool, ledger }) => use(makeTokens({ pool, ledger })));
  } catch (error) {
    if (error instanceof TokenRefused) throw new CommandFailed(error.message, EXIT.usage);
    throw error;
  }
}

const HEADER = ['TOKEN', 'USER', 'KIND', 'ELEVATE', 'GROUPS', 'STATE', 'EXPIRES'];
function cells(row: TokenRow): string[] {
  const state = row.revokedAt ? 'revoked' : row.expiresAt < new Date() ? 'expired' : 'live';
  return [row.id, row.principal, row.kind, row.elevate, row.groups.join(','), state, row.expiresAt.toISOString()];
}

function names(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

function seconds(text: string): number {
  if (!new RegExp(DURATION_PATTERN).test(text)) {
    throw new InvalidArgumentError('It must be a number with its unit (s, m, h, d), such as 30d.');
  }
  return milliseconds(text) / 1_000;
}
