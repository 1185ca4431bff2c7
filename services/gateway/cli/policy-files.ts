// Where commands find the files of a policy: a directory, a revision that was activated, or what is in force.
import { stat } from 'node:fs/promises';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { openBundle } from '../../policy/source/bundle/bundle-source.ts';
import { fetchBundle } from '../../policy/source/bundle/fetch-bundle.ts';
import { makeDirectorySource } from '../../policy/source/directory-source.ts';
import { describeRefusal } from '../../policy/gate/gate.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import { makeRevisions, type Revisions } from '../../policy/source/revisions.ts';
import type { Config } from '../config/configuration.ts';
import { connectionOf } from '../targets/connections.ts';
import { CommandFailed, EXIT } from './io.ts';

/** Fails with the problems in words. */
export async function filesOfDirectory(directory: string): Promise<PolicyFiles> {
  const found = await makeDirectorySource(directory).read();
  if (!found.ok) throw new CommandFailed(describeRefusal(found.problems));
  return found.files;
}

/** The full hash of the one stored revision that begins so. */
export async function revisionNamed(name: string, revisions: Revisions): Promise<string> {
  const found = await revisions.startingWith(name.toLowerCase());
  const [revision] = found;
  if (found.length > 1)
    throw new CommandFailed(`Several revisions begin with ${name}: ${found.join(', ')}.`, EXIT.usage);
  if (revision === undefined)
    throw new CommandFailed(`No revision begins with ${name}; "sudoqld policy history" lists them.`);
  return revision;
}

/** Of a directory, where there is one of that name; else of a revision. */
export async function filesNamed(name: string, revisions: () => Revisions): Promise<PolicyFiles> {
  const directory = await stat(name).catch(() => null);
  if (directory?.isDirectory()) return filesOfDirectory(name);
  if (!/^[0-9a-f]{6,64}$/i.test(name))
    throw new CommandFailed(`${name} is neither a directory nor a revision (6 to 64 hex digits).`, EXIT.usage);
  const from = revisions();
  const files = await from.files({ revision: await revisionNamed(name, from) });
  if (!files) throw new CommandFailed(`The files of ${name} are not stored.`);
  return files;
}

/** What a gateway with this configuration decides by: the directory's files, or the activated revision. Null when there is none. */
export async function policyInForce(config: Config): Promise<PolicyFiles | null> {
  if (config.policy.source === 'directory' && config.policy.approvals === 0)
    return filesOfDirectory(config.policy.directory);
  if (config.policy.source === 'bundle' && config.policy.approvals === 0) {
    const { place, key } = config.policy.bundle;
    const fetched = await fetchBundle(place, null);
    return fetched.changed ? (await openBundle(fetched.bytes, key)).files : null;
  }
  const pool = makeLedgerPool({ connection: connectionOf(config.ledger, config.ledger.gateway) });
  try {
    const revisions = makeRevisions(pool);
    const latest = await revisions.latest();
    return latest ? await revisions.files({ revision: latest.now.revision }) : null;
  } finally {
    await pool.close();
  }
}
