// What policy commands learn from a configuration and its ledger.
import { existsSync } from 'node:fs';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import type { World } from '../../policy/commands/world.ts';
import type { Surroundings } from '../../policy/lint/settings.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import { makeRevisions } from '../../policy/source/revisions.ts';
import { defaultConfigFile } from '../config/load.ts';
import { knownPeople } from '../policy/known-people.ts';
import { asTarget, connectionOf } from '../targets/connections.ts';
import { configOf, type Io } from './io.ts';
import { filesNamed } from './policy-files.ts';

export async function surroundingsOf(file: string, io: Io): Promise<Surroundings> {
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
}

export async function filesOfRevision(name: string, config: string | undefined, io: Io): Promise<PolicyFiles> {
  const { ledger } = configOf({ config: config ?? defaultConfigFile() }, io);
  const pool = makeLedgerPool({ connection: connectionOf(ledger, ledger.auditor ?? ledger.gateway) });
  try {
    return await filesNamed(name, () => makeRevisions(pool));
  } finally {
    await pool.close();
  }
}

/** The usual configuration is used where it is, and is not missed where it is not. */
export async function worldOf(named: string | undefined, io: Io): Promise<World | null> {
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
