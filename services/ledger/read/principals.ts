// Who may connect: from where each principal comes, and when it was seen last.
import type { LedgerPool } from '../ledger-pool.ts';

export interface PrincipalRow {
  principal: string;
  kinds: string[];
  /** Of its tokens: how many are good now. */
  tokens: number;
  /** Of its identities, `SUBJECT of ISSUER`; empty where nobody signs in as it. */
  identities: string[];
  /** Its last session or sign-in that the record still has; null: none. */
  seenAt: Date | null;
  seenFrom: string | null;
  createdAt: Date;
}

/** Every principal that has a token or an identity, by name. Throws LedgerUnavailable. */
export async function listPrincipals(pool: LedgerPool): Promise<PrincipalRow[]> {
  const rows = await pool.query<Row>(
    `WITH known AS (SELECT principal FROM token UNION SELECT principal FROM identity)
     SELECT k.principal,
       (SELECT coalesce(array_agg(DISTINCT t.kind ORDER BY t.kind), '{}') FROM token t WHERE t.principal = k.principal) AS kinds,
       (SELECT count(*)::int FROM token t WHERE t.principal = k.principal AND t.expires_at > now()
          AND NOT EXISTS (SELECT FROM token_revocation r WHERE r.token = t.id)
          AND NOT EXISTS (SELECT FROM sign_in_end e WHERE e.sign_in = t.sign_in)) AS tokens,
       (SELECT coalesce(array_agg(i.subject || ' of ' || i.issuer ORDER BY i.issuer), '{}')
        FROM identity i WHERE i.principal = k.principal) AS identities,
       seen.at AS seen_at, seen.address AS seen_from,
       least((SELECT min(created_at) FROM token t WHERE t.principal = k.principal),
         (SELECT min(created_at) FROM identity i WHERE i.principal = k.principal)) AS created_at
     FROM known k
     LEFT JOIN LATERAL (
       SELECT at, body::jsonb ->> 'client_address' AS address FROM entry
       WHERE principal = k.principal AND kind IN ('session_started', 'signed_in') ORDER BY at DESC LIMIT 1
     ) seen ON true
     ORDER BY k.principal`,
    [],
    30_000,
  );
  return rows.map((row) => ({
    principal: row.principal,
    kinds: row.kinds,
    tokens: row.tokens,
    identities: row.identities,
    seenAt: row.seen_at,
    seenFrom: row.seen_from,
    createdAt: row.created_at,
  }));
}

interface Row {
  principal: string;
  kinds: string[];
  tokens: number;
  identities: string[];
  seen_at: Date | null;
  seen_from: string | null;
  created_at: Date;
}
