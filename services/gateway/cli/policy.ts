import { realpathSync } from 'node:fs';
import type { Command } from 'commander';
import { parseDuration } from '../../elevation/duration.ts';
import { registerPolicyCommands } from '../../policy/commands/policy-commands.ts';
import { defaultConfigFile } from '../config/load.ts';
import { CommandFailed, configOf, type Io } from './io.ts';
import { commandsCache } from './kept-compiler.ts';

/**
 * `sudoqld policy …`: the policy part's own commands, with the facts that only a configured target's catalogue gives, and unless one of
 * these is what `args` begin with, those on the ledger.
 */
export async function registerPolicy(program: Command, io: Io, args: readonly string[]): Promise<void> {
  const surroundings = () => import('./policy-surroundings.ts');
  const policy = registerPolicyCommands(program, {
    out: io.out,
    err: io.err,
    signal: io.signal,
    cache: commandsCache(),
    fail: (message, exitCode) => new CommandFailed(message, exitCode),
    facts: async (sql, where) => (await import('./policy-facts.ts')).factsOf(sql, where, io),
    world: async (config) => (await surroundings()).worldOf(config, io),
    isWatched: (directory, config) => isWatched(directory, config, io),
    seconds: parseDuration,
    surroundings: async (file) => (await surroundings()).surroundingsOf(file, io),
    revision: async (name, config) => (await surroundings()).filesOfRevision(name, config, io),
  });
  if (policy.commands.some((command) => command.name() === args[0])) return;
  (await import('./policy-on-ledger.ts')).registerOnLedger(policy, io);
}

function isWatched(directory: string, named: string | undefined, io: Io): boolean {
  try {
    const { policy } = configOf({ config: named ?? defaultConfigFile() }, io);
    return policy.source === 'directory' && realpathSync(directory) === realpathSync(policy.directory);
  } catch (error) {
    // An author has none, or not its secrets; who names one is told what is wrong with it.
    if (named !== undefined) throw error;
    return false;
  }
}
