import { randomBytes } from 'node:crypto';
import type { LedgerPool } from '../ledger-pool.ts';

/** A random key of 32 bytes by that name, the same for all replicas; made at the first call. */
export async function sharedSecret(pool: LedgerPool, name: string): Promise<Buffer> {
  await pool.query('INSERT INTO shared_secret (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    name,
    randomBytes(32),
  ]);
  const [row] = await pool.query<{ secret: Buffer }>('SELECT secret FROM shared_secret WHERE name = $1', [name]);
  if (!row) throw new Error(`The shared secret ${name} is missing.`);
  return row.secret;
}
