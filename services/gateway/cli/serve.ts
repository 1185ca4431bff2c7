import cluster from 'node:cluster';
import type { Command } from 'commander';
import { makeLog } from '../log.ts';
import { checkPlaces } from '../config/places.ts';
import { readSnapshot } from '../config/snapshot.ts';
import { serveAlone, serveAsMember, serveTogether } from './serving.ts';
import { type Io, withConfig } from './io.ts';

export function registerServe(program: Command, io: Io): void {
  withConfig(program.command('serve'))
    .summary('run the gateway')
    .description(
      "Runs the gateway until SIGTERM or SIGINT, then ends in order: not ready, no new sessions, running statements get limits.shutdown_grace. Between the first two it waits limits.shutdown_drain, for a balancer to notice. A second signal ends it at once. SIGHUP reads the configuration again and takes over certificates, secrets, channels and the log's level; what else has changed is named, and waits for a restart. Refuses to start when a target's logins are not what they should be; a target that is down is waited for. With processes: auto it serves by one process a core, which it looks after.",
    )
    .addHelpText('after', '\nExample:\n  sudoqld serve --config /etc/sudoql/sudoql.yaml')
    .action(async (options: { config: string }) => {
      if (cluster.isWorker) return serveAsMember(io);
      const read = () => readSnapshot(options.config, io.env);
      const { config, snapshot } = read();
      checkPlaces(config);
      io.endsByItself?.();
      const log = makeLog(config.logLevel);
      if (config.processes === 1) await serveAlone(config, log, io, () => read().config);
      else await serveTogether(config.processes, snapshot, log, io, read);
    });
}
