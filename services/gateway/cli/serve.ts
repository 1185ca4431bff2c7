import type { Command } from 'commander';
import { makeLog } from '../log.ts';
import { checkPlaces } from '../config/places.ts';
import { startGateway } from '../gateway.ts';
import { configOf, type Io, withConfig } from './io.ts';

export function registerServe(program: Command, io: Io): void {
  withConfig(program.command('serve'))
    .summary('run the gateway')
    .description(
      "Runs the gateway until SIGTERM or SIGINT, then ends in order: not ready, no new sessions, running statements get limits.shutdown_grace. Between the first two it waits limits.shutdown_drain, for a balancer to notice. A second signal ends it at once. SIGHUP reads the configuration again and takes over certificates, secrets, channels and the log's level; what else has changed is named, and waits for a restart. Refuses to start when a target's logins are not what they should be; a target that is down is waited for.",
    )
    .addHelpText('after', '\nExample:\n  sudoqld serve --config /etc/sudoql/sudoql.yaml')
    .action(async (options: { config: string }) => {
      const config = configOf(options, io);
      checkPlaces(config);
      io.endsByItself?.();
      const log = makeLog(config.logLevel);
      const gateway = await startGateway(config, { log });
      io.onHangup?.(() => {
        try {
          gateway.reload(configOf(options, io));
        } catch (error) {
          log.error({ err: error }, 'the configuration cannot be used: nothing of it was taken over');
        }
      });
      if (!io.signal.aborted) {
        await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
      }
      await gateway.close();
    });
}
