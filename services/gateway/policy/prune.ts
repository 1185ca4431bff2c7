import { hostname } from 'node:os';
import pg from 'pg';
import type { Actor } from '../../ledger/entry/entry.ts';
import { PruneRefused } from '../../ledger/chain/prune.ts';
import { makeLedger } from '../../ledger/write/make-ledger.ts';
import { prunableRevisions, removeRevisions } from '../../policy/source/prune-revisions.ts';
import { VERSION } from '../version.ts';

/** Named by one entry. */
const AT_ONCE = 200;

export interface PrunePoliciesOptions {
  before: Date;
  actor: Actor;
  /** Only says how many would be removed. */
  dryRun?: boolean;
}

/**
 * As the ledger's owner: removes stored policies that nothing needs since `before`, some at a time, each time with an entry policies_pruned in
 * the same transaction. Returns how many. Throws PruneRefused when one was activated meanwhile.
 */
export async function prunePolicies(
  owner: pg.ClientConfig,
  { before, actor, dryRun = false }: PrunePoliciesOptions,
): Promise<number> {
  const client = new pg.Client({ application_name: 'sudoql ledger prune', ...owner });
  client.on('error', () => {});
  await client.connect();
  let found: string[];
  try {
    found = await prunableRevisions(client, before);
  } finally {
    await client.end();
  }
  if (dryRun || found.length === 0) return found.length;
  const ledger = makeLedger({
    connection: owner,
    replica: `prune on ${hostname()} ${process.pid} ${Date.now()}`,
    version: VERSION,
    graceMs: 1_000,
    timeoutMs: 60_000,
  });
  try {
    for (let from = 0; from < found.length; from += AT_ONCE) {
      const contents = found.slice(from, from + AT_ONCE);
      await ledger.transaction(
        [{ kind: 'policies_pruned', before: before.toISOString(), contents, actor }],
        async (transaction) => {
          if ((await removeRevisions(transaction, contents, before)) === contents.length) return;
          throw new PruneRefused('A policy was activated while old ones were being pruned. Try again.');
        },
      );
    }
    return found.length;
  } finally {
    await ledger.close();
  }
}
