import type { Heartbeat } from '../../ledger/heartbeat/heartbeat.ts';
import { makeDatabaseSource } from '../../policy/source/database-source.ts';
import { makeDirectorySource } from '../../policy/source/directory-source.ts';
import type { PolicySource } from '../../policy/source/policy-files.ts';
import type { Revisions } from '../../policy/source/revisions.ts';
import type { Config } from '../config/configuration.ts';

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
