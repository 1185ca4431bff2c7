import type { Command } from 'commander';
import { migrate } from '../../ledger/schema/migrate.ts';
import { connectionOf } from '../targets/connections.ts';
import { CommandFailed, configOf, EXIT, type Io, say, withConfig } from './io.ts';

export function registerMigrate(program: Command, io: Io): void {
  withConfig(program.command('migrate'))
    .summary("make or update the ledger's schema and logins")
    .description(
      "Connects as ledger.owner, brings the ledger's database to this version's schema, and makes the gateway's login, which may insert and select, and the auditor's, which may read entries. Safe to run again and by several at once.",
    )
    .addHelpText('after', '\nExample:\n  SUDOQL_LEDGER_OWNER_PASSWORD=… sudoqld migrate --config sudoql.yaml')
    .action(async (options: { config: string }) => {
      const { ledger } = configOf(options, io);
      if (ledger.owner === null) {
        throw new CommandFailed('migrate needs ledger.owner in the configuration, and its password.', EXIT.config);
      }
      await migrate(connectionOf(ledger, ledger.owner), {
        ...(ledger.gateway.password === null ? {} : { gatewayPassword: ledger.gateway.password }),
        ...(ledger.auditor?.password ? { auditorPassword: ledger.auditor.password } : {}),
        onStep: (step) => say(io.out, step),
      });
    });
}
