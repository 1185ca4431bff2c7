// The logins of the ledger's database. Names are fixed, because migrations grant to them.
import pg from 'pg';
import { postgresVerifier, scramVerifier } from '../tokens/scram-verifier.ts';

/** May insert and select; not update, delete or truncate. */
export const GATEWAY_ROLE = 'sudoql_gateway';
/** May select entries. */
export const AUDITOR_ROLE = 'sudoql_auditor';

/** Another database of the same cluster is being migrated at this moment: roles belong to the cluster. */
const ROLE_CLASHES = new Set(['42710', '23505', 'XX000']);

/**
 * Makes the role if it is missing. With a password it becomes a login with that password; without, a new one is made that cannot
 * log in, and an existing one is left as it is.
 */
export async function ensureRole(owner: pg.ClientBase, role: string, password: string | undefined): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { rowCount } = await owner.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
      if (rowCount === 0) await owner.query(`CREATE ROLE ${pg.escapeIdentifier(role)} NOLOGIN`);
      if (password !== undefined) {
        const verifier = postgresVerifier(await scramVerifier(password));
        await owner.query(
          `ALTER ROLE ${pg.escapeIdentifier(role)} LOGIN NOINHERIT PASSWORD ${pg.escapeLiteral(verifier)}`,
        );
      }
      return;
    } catch (error) {
      const clash = error instanceof pg.DatabaseError && ROLE_CLASHES.has(error.code ?? '');
      if (!clash || attempt === 5) throw error;
    }
  }
}

/** What a role must not be, or grants would mean nothing. */
export async function refusePowerfulRole(owner: pg.ClientBase, role: string): Promise<void> {
  const { rows } = await owner.query<{ powerful: boolean; owns: boolean }>(
    `SELECT rolsuper OR rolbypassrls OR rolcreaterole AS powerful,
       pg_has_role(rolname, (SELECT datdba FROM pg_database WHERE datname = current_database()), 'MEMBER')
         OR pg_has_role(rolname, 'pg_write_all_data', 'MEMBER') AS owns
     FROM pg_roles WHERE rolname = $1`,
    [role],
  );
  const [found] = rows;
  if (found?.powerful || found?.owns) {
    throw new Error(
      `The role ${role} could change the record: it is a superuser, may make roles, owns the ledger's database or is a member of a role that writes everywhere. Take that from it, then migrate again.`,
    );
  }
}
