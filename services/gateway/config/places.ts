// What the configuration names on this host and only `serve` would open.
import { accessSync, constants, statSync } from 'node:fs';
import type { Config } from './configuration.ts';
import { ConfigError } from './problem.ts';

/** Throws ConfigError where the policy's directory is none that can be read. */
export function checkPlaces({ file, policy }: Pick<Config, 'file' | 'policy'>): void {
  if (policy.source !== 'directory') return;
  try {
    accessSync(policy.directory, constants.R_OK | constants.X_OK);
    if (statSync(policy.directory).isDirectory()) return;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigError(
      `${file}: policy.directory: expected a readable directory, got ${policy.directory} (${code})`,
    );
  }
  throw new ConfigError(`${file}: policy.directory: expected a directory, got the file ${policy.directory}`);
}
