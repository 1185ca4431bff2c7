import type { Heartbeat } from '../../ledger/heartbeat/heartbeat.ts';
import { makeBundleSource } from '../../policy/source/bundle/bundle-source.ts';
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
  // With approvals, what is saved there is only requested.
  if (policy.source === 'directory' && policy.approvals === 0) return { source: makeDirectorySource(policy.directory) };
  if (policy.source === 'bundle' && policy.approvals === 0)
    return { source: makeBundleSource({ ...policy.bundle, cache: policy.cache }) };
  const watch = (onChange: () => void) => heartbeat.watchPolicy(() => onChange());
  return { source: makeDatabaseSource({ revisions, watch, onBeat: (listener) => heartbeat.onLease(listener) }) };
}

/** What only asks, where others must approve; null where nothing does by itself. */
export function proposedSource({ policy }: Pick<Config, 'policy'>): { source: PolicySource; name: string } | null {
  if (policy.approvals === 0 || policy.source === 'database') return null;
  if (policy.source === 'directory')
    return { source: makeDirectorySource(policy.directory), name: `directory ${policy.directory}` };
  const source = makeBundleSource({ ...policy.bundle, cache: policy.cache });
  return { source, name: `bundle ${policy.bundle.place.url}` };
}
