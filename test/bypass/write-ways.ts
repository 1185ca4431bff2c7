// The ways into write mode that the corpus of the floor is played against.
import { makeGateway } from '../helpers/gateway.ts';
import type { Cluster } from '../helpers/postgres.ts';
import { makePolicy } from '../../services/policy/policy.ts';
import { policyCache, shippedDirectory } from '../../services/policy/testing.ts';
import { openPolicy } from '../wire/stage.ts';
import type { OpenWay } from './gateway.ts';
import { DATABASE, type Stage } from './stage.ts';

export type WriteWayName = 'floor' | 'policy' | "writer's role";

/** Whoever may write takes transaction ids, and WAL with them, before an error comes. */
const WRITERS = new Set(['transaction ids', 'wal']);

/**
 * `floor`: a gateway in write mode whose writer is a superuser and whose policy permits all: the floor alone protects.
 * `policy`: the same with the shipped policy, on production. `writer's role`: no gateway, the writer's login directly.
 */
export async function openWriteWay(name: WriteWayName, stage: Stage, ledger: Cluster): Promise<OpenWay> {
  const { admin, restore } = stage;
  if (name === "writer's role")
    return { client: stage.config('writer'), admin, restore, may: WRITERS, faults: [], close: async () => {} };
  const shipped =
    name === 'policy' ? makePolicy({ directory: shippedDirectory, watch: false, cacheDirectory: policyCache }) : null;
  await shipped?.ready;
  if (shipped?.problem) throw new Error(shipped.problem);
  const gateway = await makeGateway({
    ledger,
    name: DATABASE,
    reader: stage.config('reader'),
    writer: stage.config('superuser'),
    control: stage.config('control'),
    policy: shipped ? { ...openPolicy(), statement: (input) => shipped.statement(input) } : openPolicy(),
  });
  // Elevated at connect, so that the first statement of a case is judged in write mode.
  const client = gateway.through({ user: 'deploy', options: '-c sudoql.reason=corpus' });
  const close = async () => {
    await gateway.close();
    await shipped?.close();
  };
  return { client, admin, restore, faults: gateway.faults, close };
}
