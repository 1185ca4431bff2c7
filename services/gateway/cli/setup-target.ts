import { type Command, Option } from 'commander';
import { printSetup } from '../targets/setup/print-setup.ts';
import { setupTarget } from '../targets/setup/setup-target.ts';
import { connectionOf } from '../targets/connections.ts';
import { CommandFailed, configOf, EXIT, type Io, say, withConfig } from './io.ts';

interface Options {
  config: string;
  target: string;
  schema: string[];
  gateway: string[];
  keepFor: string[];
  owner?: string;
  ownerOf: string[];
  apply: boolean;
  json: boolean;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

export function registerSetupTarget(program: Command, io: Io): void {
  withConfig(program.command('setup-target'))
    .summary("make a target's reader, writer and control logins")
    .description(
      "Prints the SQL that makes the target's three logins with no more rights than they need, tries it and rolls it back; with --apply it stays. Connects as the target's admin. A second run changes nothing and says so. Prints what takes exactly this run back.",
    )
    .requiredOption('-t, --target <name>', "the target's name in the configuration")
    .addOption(
      new Option('--schema <name>', 'a schema to read and write (may be repeated)')
        .argParser(collect)
        .default([], 'public'),
    )
    .addOption(
      new Option('--gateway <cidr>', 'an address that gateways connect from, for pg_hba.conf (may be repeated)')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option('--keep-for <role>', 'a role that keeps what is taken from PUBLIC (may be repeated)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--owner <login>', 'also a login for changes of the schema; its password is set by hand')
    .addOption(
      new Option('--owner-of <role>', 'a role whose objects it may alter (may be repeated)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--apply', 'change the target', false)
    .option('--json', 'print the outcome as JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld setup-target --target shop                    # shows, tries, changes nothing\n  sudoqld setup-target --target shop --schema public --gateway 10.0.3.0/28 --apply',
    )
    .action(async (options: Options) => {
      const target = configOf(options, io).targets[options.target];
      if (!target) throw new CommandFailed(`The configuration has no target ${options.target}.`, EXIT.usage);
      if (target.admin === null) {
        throw new CommandFailed(`setup-target needs targets.${target.name}.admin, and its password.`, EXIT.config);
      }
      if ((options.owner === undefined) !== (options.ownerOf.length === 0)) {
        throw new CommandFailed('--owner and --owner-of go together.', EXIT.usage);
      }
      const login = ({ user, password }: { user: string; password: string | null }) => ({
        user,
        ...(password === null ? {} : { password }),
      });
      const outcome = await setupTarget(
        connectionOf(target, target.admin),
        {
          database: target.database,
          schemas: options.schema.length > 0 ? options.schema : ['public'],
          reader: login(target.reader),
          writer: login(target.writer),
          control: login(target.control),
          ...(options.owner === undefined ? {} : { owner: { user: options.owner, of: options.ownerOf } }),
          ...(options.keepFor.length > 0 ? { keepFor: options.keepFor } : {}),
          ...(options.gateway.length > 0 ? { gateways: options.gateway } : {}),
        },
        { apply: options.apply },
      );
      if (options.json)
        say(io.out, JSON.stringify({ ...outcome, statements: outcome.statements.map(({ sql: _, ...rest }) => rest) }));
      else printSetup(outcome, io.out);
    });
}
