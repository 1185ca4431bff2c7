// What setup-target changes, as the target has it: looked at before and after, so that what was changed can be said, and
// exactly that be taken back.
import type pg from 'pg';
import { logins, type SetupPlan } from '../setup/setup-plan.ts';
import { takenBuiltins } from './builtins.ts';

/** One right, attribute or setting: the statement that gives it, and the one that takes it (empty where giving another does). */
export interface Right {
  give: string;
  take: string;
  /** With whose login it goes; null for PUBLIC's, and for memberships, which are in the way of dropping what the login owns. */
  who: string | null;
}

export interface Rights {
  /** By the giving statement. */
  all: Map<string, Right>;
  /** Those of the plan's logins that exist. */
  logins: Set<string>;
}

/** `$1` the logins, `$2` the schemas, `$3` the built-ins, as oid. */
function rightsSql(version: number): string {
  const option = (column: string, name: string) =>
    `${name} ' || CASE WHEN a.${column} THEN 'TRUE' ELSE 'FALSE' END || '`;
  // From 16 a membership says what it brings, and has a row for each who granted it.
  const granted = version >= 16 ? `' GRANTED BY ' || quote_ident(g.rolname)` : `''`;
  const membership =
    version >= 16
      ? `' WITH ${option('admin_option', 'ADMIN')}, ${option('inherit_option', 'INHERIT')}, ${option('set_option', 'SET')}' || ${granted}`
      : `CASE WHEN a.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END`;
  return `WITH logins AS MATERIALIZED (SELECT * FROM pg_roles WHERE rolname = ANY($1)),
  acls (kind, name, acl) AS (
    SELECT 'DATABASE', quote_ident(datname), coalesce(datacl, acldefault('d', datdba)) FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT 'SCHEMA', quote_ident(nspname), coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE nspname = ANY($2)
    UNION ALL SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('%I.%I', nspname, relname),
      coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
      FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = ANY($2) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL SELECT 'FUNCTION', 'pg_catalog.' || p.oid::regprocedure, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc p WHERE p.oid = ANY($3)),
  entries AS (
    SELECT kind, name, '' AS columns, a.* FROM acls, aclexplode(acl) a
    UNION ALL SELECT 'TABLE', format('%I.%I', nspname, relname), format(' (%I)', attname), a.*
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace, aclexplode(attacl) a
      WHERE attacl IS NOT NULL AND nspname = ANY($2)),
  attributes AS (
    SELECT rolname, unnest(ARRAY[
      CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END, CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
      CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
      CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
      CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, 'CONNECTION LIMIT ' || rolconnlimit]) AS attribute FROM logins)
  SELECT format('ALTER ROLE %I %s', rolname, attribute) AS give, '' AS take, rolname AS who FROM attributes
  UNION ALL SELECT format('ALTER ROLE %I SET %I = %L', rolname, split_part(s, '=', 1), substr(s, strpos(s, '=') + 1)),
    format('ALTER ROLE %I RESET %I', rolname, split_part(s, '=', 1)), rolname
    FROM pg_db_role_setting JOIN logins l ON l.oid = setrole, unnest(setconfig) s WHERE setdatabase = 0
      AND split_part(s, '=', 1) IN ('default_transaction_read_only', 'client_connection_check_interval', 'idle_in_transaction_session_timeout')
  UNION ALL SELECT format('GRANT %I TO %I', r.rolname, m.rolname) || ${membership}, format('REVOKE %I FROM %I', r.rolname, m.rolname) || ${granted}, NULL
    FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN logins m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.grantor
  UNION ALL SELECT format('GRANT %s%s ON %s %s TO %s', privilege_type, columns, kind, name, who) || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END,
    format('REVOKE %s%s ON %s %s FROM %s', privilege_type, columns, kind, name, who), grantee_name
    FROM entries, LATERAL (SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS who,
      CASE WHEN grantee <> 0 THEN pg_get_userbyid(grantee) END AS grantee_name) w
  UNION ALL SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT %s ON %s TO %s', pg_get_userbyid(defaclrole), nspname, privilege_type, what, who)
      || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END,
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I REVOKE %s ON %s FROM %s', pg_get_userbyid(defaclrole), nspname, privilege_type, what, who), grantee_name
    FROM pg_default_acl d JOIN pg_namespace n ON n.oid = defaclnamespace, aclexplode(defaclacl) a,
      LATERAL (SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS who,
      CASE WHEN grantee <> 0 THEN pg_get_userbyid(grantee) END AS grantee_name,
        CASE defaclobjtype WHEN 'S' THEN 'SEQUENCES' ELSE 'TABLES' END AS what) w
    WHERE nspname = ANY($2) AND defaclobjtype IN ('r', 'S')`;
}

export async function rightsOf(client: pg.ClientBase, plan: SetupPlan, version: number): Promise<Rights> {
  const users = logins(plan).map(({ user }) => user);
  const functions = await client.query<{ oid: string }>(
    `SELECT to_regprocedure('pg_catalog.' || s)::oid::text AS oid FROM unnest($1::text[]) s WHERE to_regprocedure('pg_catalog.' || s) IS NOT NULL`,
    [takenBuiltins(version).map(({ signature }) => signature)],
  );
  const { rows } = await client.query<Right>(rightsSql(version), [
    users,
    plan.schemas,
    functions.rows.map(({ oid }) => oid),
  ]);
  const existing = await client.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1)',
    [users],
  );
  return {
    all: new Map(rows.map((right) => [right.give, right])),
    logins: new Set(existing.rows.map(({ name }) => name)),
  };
}
