// Commands that change something are gateways for a moment: their entries are in a chain of their own.
import { randomBytes } from 'node:crypto';
import { makeLedgerPool, type LedgerPool } from '../../ledger/ledger-pool.ts';
import { type LedgerWriter, makeLedger } from '../../ledger/write/make-ledger.ts';
import type { Config } from '../config/configuration.ts';
import { connectionOf } from '../targets/connections.ts';
import { makeLog } from '../log.ts';
import { VERSION } from '../version.ts';
import { configOf, type Io } from './io.ts';

export interface AsGateway {
  config: Config;
  pool: LedgerPool;
  ledger: LedgerWriter;
}

/** Opens the ledger for writing, hands it to `use`, and closes it when all is committed. */
export async function asGateway<T>(
  options: { config: string },
  io: Io,
  use: (parts: AsGateway) => Promise<T>,
): Promise<T> {
  const config = configOf(options, io);
  const connection = connectionOf(config.ledger, config.ledger.gateway);
  const pool = makeLedgerPool({ connection });
  let ledger: LedgerWriter | null = null;
  try {
    // Found out at once, not after what a writer waits for.
    await pool.query('SELECT 1');
    ledger = makeLedger({
      connection,
      replica: `command-${randomBytes(4).toString('hex')}`,
      version: VERSION,
      graceMs: config.ledger.graceMs,
      timeoutMs: 5_000,
      log: makeLog('silent'),
    });
    return await use({ config, pool, ledger });
  } finally {
    await ledger?.close();
    await pool.close();
  }
}
