// The ways of being read-only that the corpus is played against.
import type pg from 'pg';
import { listFunctions } from '../../services/statements/vetting/list-functions.ts';
import type { VettedFunction } from '../../services/statements/vetting/verdict.ts';
import { type Gateway, makeGateway } from '../helpers/gateway.ts';
import type { Cluster } from '../helpers/postgres.ts';
import { openPolicy } from '../wire/stage.ts';
import { DATABASE, type Stage } from './stage.ts';
import type { Way } from './run-corpus.ts';

export type WayName = 'two-key' | 'analysis' | 'roles';

export interface OpenWay extends Way {
  /** What the gateway itself took for its own fault. */
  faults: string[];
  close(): Promise<void>;
}

/**
 * `two-key`: a gateway as it is meant to be. `analysis`: its reader is a superuser, so that analysis alone protects.
 * `roles`: no gateway, the reader's login directly, with `default_transaction_read_only` as the gateway sets it.
 */
export async function openWay(name: WayName, stage: Stage, ledger: Cluster): Promise<OpenWay> {
  const { admin, restore } = stage;
  if (name === 'roles') {
    const client: pg.ClientConfig = { ...stage.config('reader'), options: '-c default_transaction_read_only=on' };
    return { client, admin, restore, faults: [], close: async () => {} };
  }
  const gateway: Gateway = await makeGateway({
    ledger,
    name: DATABASE,
    reader: stage.config(name === 'analysis' ? 'superuser' : 'reader'),
    writer: stage.config('writer'),
    control: stage.config('control'),
    policy: openPolicy(),
    vetted: await vouched(stage),
  });
  const { faults } = gateway;
  return { client: gateway.through({ user: 'ben' }), admin, restore, faults, close: () => gateway.close() };
}

/** Functions that somebody vetted: what they reach was not. */
async function vouched(stage: Stage): Promise<VettedFunction[]> {
  const admin = await stage.admin();
  try {
    return (await listFunctions(admin, DATABASE)).filter(({ signature }) => signature.startsWith('public.vouched_'));
  } finally {
    await admin.end();
  }
}
