// Servers that somebody else runs: what only their superuser can do there, nobody who reads doctor's findings can.
import type pg from 'pg';
import type { Finding } from './findings.ts';
import { rows } from './target-logins.ts';

export interface Managed {
  name: string;
  /** The provider's own logins. */
  theirs: RegExp;
}

/** By a role that each of them has. */
const PROVIDERS: Record<string, Managed> = {
  rds_superuser: { name: 'Amazon RDS or Aurora', theirs: /^rds/ },
  cloudsqlsuperuser: { name: 'Google Cloud SQL', theirs: /^cloudsql/ },
  alloydbsuperuser: { name: 'Google AlloyDB', theirs: /^alloydb/ },
  azure_pg_admin: { name: 'Azure Database for PostgreSQL', theirs: /^azure/ },
  supabase_admin: { name: 'Supabase', theirs: /^(supabase|postgres$|pgbouncer$|authenticator$)/ },
  neon_superuser: { name: 'Neon', theirs: /^(neon|cloud_admin$)/ },
};

/** Null where the server is one's own, as far as its roles tell. */
export async function managedBy(client: pg.Client): Promise<Managed | null> {
  const found = await rows<{ name: string }>(client, 'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1)', [
    Object.keys(PROVIDERS),
  ]);
  return PROVIDERS[found[0]?.name ?? ''] ?? null;
}

/** What stands in place of advice that cannot be followed there. */
export function managedFindings({ name }: Managed): Finding[] {
  return [
    {
      severity: 'note',
      who: 'server',
      says: `This server is run by ${name}: its superusers are the provider's, pg_hba.conf cannot be edited, and what PUBLIC may do in pg_catalog cannot be taken away. The provider's network rules (security groups, authorized networks, private endpoints) say who can connect.`,
      fix: null,
    },
  ];
}
