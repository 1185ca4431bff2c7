import type { Command } from 'commander';
import { checkPlaces } from '../config/places.ts';
import { configOf, type Io, say, withConfig } from './io.ts';

export function registerCheckConfig(program: Command, io: Io): void {
  withConfig(program.command('check-config'))
    .summary('check the configuration without starting anything')
    .description('Reads the configuration, its secrets and certificates; every bad value is told with its line.')
    .addHelpText('after', '\nExample:\n  sudoqld check-config --config /etc/sudoql/sudoql.yaml')
    .action((options: { config: string }) => {
      const config = configOf(options, io);
      checkPlaces(config);
      const targets = Object.values(config.targets).map(
        ({ name, labels }) => `${name}${labels.environment ? ` (${labels.environment})` : ''}`,
      );
      say(
        io.out,
        `${config.file} is well formed: ${targets.length === 1 ? 'target' : 'targets'} ${targets.join(', ')}.`,
      );
    });
}
