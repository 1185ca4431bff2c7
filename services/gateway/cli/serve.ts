import type { Command } from 'commander';
import { makeLog } from '../log.ts';
import { startGateway } from '../main.ts';
import { configOf, type Io, withConfig } from './io.ts';

export function registerServe(program: Command, io: Io): void {
  withConfig(program.command('serve'))
    .summary('run the gateway')
    .description(
      "Runs the gateway until SIGTERM or SIGINT, then ends in order: not ready, no new sessions, running statements get limits.shutdown_grace. A second signal ends it at once. Refuses to start when a target's logins are not what they should be; a target that is down is waited for.",
    )
    .addHelpText('after', '\nExample:\n  sudoqld serve --config /etc/sudoql/sudoql.yaml')
    .action(async (options: { config: string }) => {
      const config = configOf(options, io);
      io.endsByItself?.();
      const log = makeLog(config.logLevel);
      const gateway = await startGateway(config, { log });
      if (!io.signal.aborted) {
        await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
      }
      await gateway.close();
    });
}
