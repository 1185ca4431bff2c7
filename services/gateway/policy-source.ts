import type { Heartbeat } from '../ledger/heartbeat.ts';
import { makeDatabaseSource } from '../policy/database-source.ts';
import { makeDirectorySource } from '../policy/directory-source.ts';
import type { PolicySource } from '../policy/policy-files.ts';
import type { Revisions } from '../policy/revisions.ts';
import type { Config } from './configuration/configuration.ts';

/** Exactly one source of policies is in use: the one that the configuration names. */
export function policySource(
  { policy }: Pick<Config, 'policy'>,
  revisions: Revisions,
  heartbeat: Pick<Heartbeat, 'watchPolicy' | 'onLease'>,
): { source: PolicySource } {
  if (policy.source === 'directory') return { source: makeDirectorySource(policy.directory) };
  const watch = (onChange: () => void) => heartbeat.watchPolicy(() => onChange());
  return { source: makeDatabaseSource({ revisions, watch, onBeat: (listener) => heartbeat.onLease(listener) }) };
}
