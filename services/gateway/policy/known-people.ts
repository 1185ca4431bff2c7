import type pg from 'pg';
import type { Principal } from '../../contract/words.ts';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import { peopleOf } from '../../policy/matrix/people.ts';

/** Whom the ledger's tokens name that neither expired nor were revoked. */
export async function knownPeople(pool: LedgerPool): Promise<Principal[]> {
  const rows = await pool.query<Principal & pg.QueryResultRow>(
    `SELECT t.principal AS id, t.email, t.kind, t.elevate, t.groups FROM token t LEFT JOIN token_revocation r ON r.token = t.id
     WHERE r.token IS NULL AND t.expires_at > now() ORDER BY t.created_at, t.id`,
  );
  return peopleOf(rows.map(({ id, email, kind, elevate, groups }) => ({ id, email, kind, elevate, groups })));
}
