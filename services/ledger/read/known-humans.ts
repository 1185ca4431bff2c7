import type pg from 'pg';
import type { Principal } from '../../contract/words.ts';
import type { LedgerPool } from '../ledger-pool.ts';

const MOST = 2_000;

/**
 * People, each as a token that an operator made and that is good has them, and as their last sign-in has them, if that was within 30 days and has not ended
 * (the provider said no, or other groups). The newest first; at most 2,000. One who has several has a line for each.
 */
export async function knownHumans(pool: Pick<LedgerPool, 'query'>): Promise<Principal[]> {
  const rows = await pool.query<Pick<Principal, 'id' | 'email' | 'groups'> & pg.QueryResultRow>(KNOWN, [MOST]);
  return rows.map(({ id, email, groups }) => ({ id, email, groups, kind: 'human', elevate: 'none' }));
}

const KNOWN = `
  SELECT id, email, groups FROM (
    SELECT t.principal AS id, t.email, t.groups, t.created_at
    FROM token t LEFT JOIN token_revocation r ON r.token = t.id
    WHERE r.token IS NULL AND t.expires_at > now() AND t.kind = 'human' AND t.sign_in IS NULL
    UNION ALL
    SELECT s.principal, s.email, s.groups, s.created_at FROM (
      SELECT DISTINCT ON (issuer, subject) * FROM sign_in
      WHERE created_at > now() - interval '30 days' ORDER BY issuer, subject, created_at DESC
    ) AS s
    WHERE NOT EXISTS (SELECT FROM sign_in_end e WHERE e.sign_in = s.id)
  ) AS known
  ORDER BY created_at DESC, id LIMIT $1`;
