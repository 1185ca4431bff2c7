import { existsSync, realpathSync } from 'node:fs';
import type { Command } from 'commander';
import { type AnalysedText, type PolicyCommandParts, USAGE } from '../../policy/commands/parts.ts';
import { nearest } from '../../contract/nearest.ts';
import { parseDuration } from '../../elevation/duration.ts';
import type { World } from '../../policy/commands/world.ts';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { registerPolicyCommands } from '../../policy/commands/policy-commands.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import { makeRevisions } from '../../policy/source/revisions.ts';
import { makeAnalyser } from '../../statements/analyser.ts';
import { makeCatalogues } from '../../statements/catalogue.ts';
import { loadParser } from '../../statements/parse.ts';
import { connectToCatalogue } from '../targets/catalogue-connection.ts';
import { asTarget, connectionOf } from '../targets/connections.ts';
import { knownPeople } from '../policy/known-people.ts';
import { defaultConfigFile } from '../config/load.ts';
import { CommandFailed, configOf, EXIT, type Io } from './io.ts';
import { registerActivate, registerHistory, registerRollback, registerShow } from './policy-activate.ts';
import { filesNamed } from './policy-files.ts';
import { registerAnswers, registerRequests } from './policy-requests.ts';
import { registerUsage } from './policy-usage.ts';
import { registerExport, registerReplay, registerShadow } from './policy-replay.ts';

/** `sudoqld policy …`: the policy part's own commands, with the facts that only a configured target's catalogue gives. */
export function registerPolicy(program: Command, io: Io): void {
  const policy = registerPolicyCommands(program, {
    out: io.out,
    err: io.err,
    signal: io.signal,
    fail: (message, exitCode) => new CommandFailed(message, exitCode),
    facts: (sql, where) => factsOf(sql, where, io),
    world: (config) => worldOf(config, io),
    isWatched: (directory, config) => isWatched(directory, config, io),
    seconds: parseDuration,
    surroundings: async (file) => {
      const { targets, channels, elevation, signIn } = configOf({ config: file }, io);
      const maxMinutes = elevation.maxSeconds / 60;
      const people = (await worldOf(file, io))?.people ?? null;
      return {
        targets: Object.keys(targets),
        channels: Object.keys(channels),
        maxMinutes,
        // A provider has groups of which nobody has a token yet.
        ...(people && !signIn && { groups: [...new Set(people.flatMap(({ groups }) => groups))] }),
      };
    },
    revision: (name, config) => filesOfRevision(name, config, io),
  });
  for (const register of [
    registerActivate,
    registerRollback,
    registerHistory,
    registerShow,
    registerRequests,
    registerAnswers,
    registerReplay,
    registerExport,
    registerShadow,
    registerUsage,
  ]) {
    register(policy, io);
  }
}

async function filesOfRevision(name: string, config: string | undefined, io: Io): Promise<PolicyFiles> {
  const { ledger } = configOf({ config: config ?? defaultConfigFile() }, io);
  const pool = makeLedgerPool({ connection: connectionOf(ledger, ledger.auditor ?? ledger.gateway) });
  try {
    return await filesNamed(name, () => makeRevisions(pool));
  } finally {
    await pool.close();
  }
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

/** The usual configuration is used where it is, and is not missed where it is not. */
async function worldOf(named: string | undefined, io: Io): Promise<World | null> {
  const file = named ?? defaultConfigFile();
  if (named === undefined && !existsSync(file)) return null;
  const config = configOf({ config: file }, io);
  const targets = Object.values(config.targets).map(asTarget);
  const pool = makeLedgerPool({ connection: connectionOf(config.ledger, config.ledger.gateway) });
  try {
    return { targets, people: await knownPeople(pool) };
  } catch (error) {
    io.err.write(`The ledger does not say who there is: ${error instanceof Error ? error.message : error}\n`);
    return { targets, people: null };
  } finally {
    await pool.close();
  }
}

type Facts = NonNullable<PolicyCommandParts['facts']>;

async function factsOf(sql: string, where: Parameters<Facts>[1], io: Io): Promise<AnalysedText> {
  const file = where.config ?? defaultConfigFile();
  if (where.config === undefined && !existsSync(file)) {
    const message = `What a statement does is found in its target's catalogue: give --config FILE (there is no ${file}), or a whole input with --input FILE.`;
    throw new CommandFailed(message, EXIT.config);
  }
  const config = configOf({ config: file }, io);
  const target = config.targets[where.target];
  if (!target) {
    const meant = nearest(where.target, Object.keys(config.targets));
    const hint = meant ? `did you mean ${meant}?` : `it has ${Object.keys(config.targets).join(', ')}.`;
    throw new CommandFailed(`The configuration has no target ${where.target}; ${hint}`, USAGE);
  }
  await loadParser();
  const analyser = makeAnalyser({
    catalogues: makeCatalogues({ connect: () => connectToCatalogue(target) }),
    text: { read: config.limits.textRead, write: config.limits.textWrite },
  });
  try {
    const login = where.mode === 'write' ? target.writer.user : target.reader.user;
    const context = { target: target.name, searchPath: '"$user", public', mode: where.mode, login };
    const analysis = await analyser.analyse(sql, context);
    switch (analysis.kind) {
      case 'statements':
        return { labels: target.labels, statements: analysis.statements.map(({ facts }) => facts) };
      case 'command':
      case 'command_not_alone':
        throw new CommandFailed('That is one of sudoql’s own commands: no statement policy is asked about it.', USAGE);
      case 'syntax_error':
      case 'refused':
        throw new CommandFailed(analysis.message, USAGE);
    }
  } finally {
    await analyser.close();
  }
}
