// Which relations a role may change, its memberships and PUBLIC's grants counted.

const RIGHTS = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'];
const COLUMN_RIGHTS = ['INSERT', 'UPDATE'];

/** SQL condition over pg_class `c`; `role`: an SQL expression of type name or oid. */
export function mayWrite(role: string): string {
  const table = RIGHTS.map((right) => `has_table_privilege(${role}, c.oid, '${right}')`);
  const column = COLUMN_RIGHTS.map((right) => `has_any_column_privilege(${role}, c.oid, '${right}')`);
  return `CASE c.relkind WHEN 'S' THEN has_sequence_privilege(${role}, c.oid, 'USAGE') OR has_sequence_privilege(${role}, c.oid, 'UPDATE')
    ELSE ${[...table, ...column].join(' OR ')} END`;
}

/** The relations of people's own schemas; temporary ones are nobody else's business. */
export const OWN_RELATIONS = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`;

/** Of the current user, or of a role that it could become by SET ROLE: name and kind. */
export const WRITABLE_RELATIONS = `WITH self AS MATERIALIZED (SELECT oid FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER'))
  SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind
  FROM ${OWN_RELATIONS} AND EXISTS (SELECT FROM self WHERE ${mayWrite('self.oid')}) ORDER BY 1`;
