// What ends by itself and would be missed: certificates and tokens.
import { X509Certificate } from 'node:crypto';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';

/** When the first certificate of a PEM text ends, in seconds since 1970; null where there is none that can be read. */
export function certificateEnd(pem: string | null): number | null {
  if (!pem?.includes('-----BEGIN CERTIFICATE')) return null;
  try {
    return new X509Certificate(pem).validToDate.getTime() / 1_000;
  } catch {
    return null;
  }
}

export interface TokenExpiry {
  /** Tokens in force that end within seven days. */
  expiring: number;
  /** When the next one ends, in seconds since 1970; not a number where there is none in force. */
  next: number;
}

export async function tokenExpiry(pool: Pick<LedgerPool, 'query'>): Promise<TokenExpiry> {
  const [row] = await pool.query<{ expiring: number; next: number | null }>(
    `SELECT count(*) FILTER (WHERE t.expires_at < now() + interval '7 days')::int AS expiring,
       extract(epoch FROM min(t.expires_at))::float8 AS next
     FROM token t WHERE t.expires_at > now() AND NOT EXISTS (SELECT FROM token_revocation r WHERE r.token = t.id)`,
  );
  return { expiring: row?.expiring ?? 0, next: row?.next ?? Number.NaN };
}
