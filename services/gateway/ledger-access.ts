// What the gateway must know of the ledger's database before it can rely on it.
import pg from 'pg';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import { checkSchema } from '../ledger/schema/migrate.ts';
import { SchemaMismatch } from '../ledger/schema/mismatch.ts';
import { noLogin } from '../ledger/no-login.ts';
import { sharedSecret } from '../ledger/tokens/shared-secret.ts';
import type { Log } from './log.ts';

export interface LedgerCheck {
  /** Why the ledger cannot be used as it is; null once its schema was found to be this version's. */
  readonly problem: string | null;
  /** The secret that replicas share for stop links; null until the ledger answered. */
  readonly stopSecret: Buffer | null;
  /** The one for cancel keys, likewise. */
  readonly cancelSecret: Buffer | null;
  close(): void;
}

/**
 * Looks whether the ledger's schema is this version's and fetches the shared secrets; throws SchemaMismatch when it is not. When the
 * ledger does not answer now, it returns all the same and goes on asking.
 */
export async function checkLedger(
  connection: pg.ClientConfig,
  pool: LedgerPool,
  log: Pick<Log, 'error'>,
  retryMs = 1_000,
): Promise<LedgerCheck> {
  let problem: string | null = 'it was not looked at yet';
  let stopSecret: Buffer | null = null;
  let cancelSecret: Buffer | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const look = async (): Promise<void> => {
    const client = new pg.Client({ ...connection, application_name: 'sudoql gateway', query_timeout: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await checkSchema(client);
    } finally {
      await client.end().catch(() => undefined);
    }
    stopSecret = await sharedSecret(pool, 'stop_link');
    cancelSecret = await sharedSecret(pool, 'cancel_key');
    problem = null;
  };
  const trouble = (error: unknown): void => {
    const message = noLogin(error) ?? (error instanceof Error ? error.message : String(error));
    if (message !== problem) log.error({ err: error }, "the ledger's database cannot be used");
    problem = message;
    if (!closed) timer = setTimeout(() => void look().catch(trouble), retryMs);
  };
  await look().catch((error: unknown) => {
    if (error instanceof SchemaMismatch) throw error;
    trouble(error);
  });
  return {
    get problem() {
      return problem;
    },
    get stopSecret() {
      return stopSecret;
    },
    get cancelSecret() {
      return cancelSecret;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
