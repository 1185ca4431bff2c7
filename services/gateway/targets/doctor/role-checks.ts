import pg from 'pg';
import { takenBuiltins } from './builtins.ts';
import type { Finding, Severity } from './findings.ts';
import { few } from './refusals.ts';
import { rows } from './target-logins.ts';

type Who = 'reader' | 'writer' | 'control';
interface Named extends pg.QueryResultRow {
  name: string;
}

const ATTRIBUTES = `SELECT rolsuper AS "SUPERUSER", rolcreatedb AS "CREATEDB", rolcreaterole AS "CREATEROLE", rolreplication AS "REPLICATION",
  rolbypassrls AS "BYPASSRLS" FROM pg_roles WHERE rolname = session_user`;

/** What a login is and has beyond its purpose, asked on its own connection. `memberOf`: roles that it is meant to be a member of. */
export async function roleFindings(client: pg.Client, who: Who, memberOf: readonly string[]): Promise<Finding[]> {
  const found: Finding[] = [];
  const [self] = await rows<{ name: string; version: number; database: string }>(
    client,
    `SELECT session_user AS name, current_setting('server_version_num')::int / 10000 AS version, current_database() AS database`,
  );
  if (!self) return found;
  const role = pg.escapeIdentifier(self.name);
  const add = (severity: Severity, says: string, fix: string | null) => found.push({ severity, who, says, fix });
  const names = async (sql: string, values: unknown[] = []) =>
    (await rows<Named>(client, sql, values)).map(({ name }) => name);

  const [attributes] = await rows<Record<string, boolean>>(client, ATTRIBUTES);
  for (const [attribute, has] of Object.entries(attributes ?? {})) {
    if (has) add('wrong', `${self.name} has ${attribute}.`, `ALTER ROLE ${role} NO${attribute};`);
  }
  // A superuser has every right there is; listing them helps nobody.
  if (attributes?.SUPERUSER) return found;

  const purpose = who === 'control' ? ['pg_signal_backend', 'pg_read_all_stats', 'pg_use_reserved_connections'] : [];
  for (const name of await names(
    `SELECT rolname AS name FROM pg_roles WHERE rolname <> session_user AND rolname <> ALL($1) AND pg_has_role(session_user, oid, 'MEMBER') ORDER BY 1`,
    [[...purpose, ...memberOf]],
  )) {
    add('wrong', `${self.name} is a member of ${name}.`, `REVOKE ${pg.escapeIdentifier(name)} FROM ${role};`);
  }
  const owned = await names(
    `SELECT pg_describe_object(classid, objid, objsubid) AS name FROM pg_shdepend
     WHERE deptype = 'o' AND refclassid = 'pg_authid'::regclass AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = session_user)
       AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) ORDER BY 1`,
  );
  if (owned.length > 0) {
    add(
      'wrong',
      `${self.name} owns ${few(owned)}: an owner may do anything to it.`,
      `REASSIGN OWNED BY ${role} TO <owner>;`,
    );
  }
  const creates = await names(
    `SELECT format('%I', nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)' AND has_schema_privilege(oid, 'CREATE') ORDER BY 1`,
  );
  for (const schema of creates) {
    add(
      'wrong',
      `${self.name} can create things in schema ${schema}.`,
      `REVOKE CREATE ON SCHEMA ${schema} FROM PUBLIC, ${role};`,
    );
  }
  const onDatabase = await names(
    `SELECT r AS name FROM unnest(ARRAY['CREATE', 'TEMP']) r WHERE has_database_privilege(current_database(), r)`,
  );
  for (const right of onDatabase) {
    add(
      right === 'TEMP' ? 'weak' : 'wrong',
      right === 'TEMP'
        ? `${self.name} can make temporary tables, which are written in READ ONLY too; analysis refuses it in read.`
        : `${self.name} can create schemas.`,
      `REVOKE ${right} ON DATABASE ${pg.escapeIdentifier(self.database)} FROM PUBLIC, ${role};`,
    );
  }
  const builtins = await names(
    `SELECT s AS name FROM unnest($1::text[]) s WHERE has_function_privilege('pg_catalog.' || s, 'EXECUTE')`,
    [
      takenBuiltins(self.version)
        .filter((each) => !(who === 'control' && each.control))
        .map(({ signature }) => signature),
    ],
  );
  if (builtins.length > 0) {
    add(
      'weak',
      `${self.name} may call ${few(builtins)}; only analysis refuses it.`,
      `REVOKE EXECUTE ON FUNCTION ${builtins.join(', ')} FROM PUBLIC; -- as a superuser; setup-target says whom it touches`,
    );
  }
  const definers = await names(
    `SELECT format('%s, owned by %s', p.oid::regprocedure, r.rolname) AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       JOIN pg_roles r ON r.oid = p.proowner
     WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.proowner <> session_user::regrole
       AND p.prorettype <> ALL(ARRAY['trigger', 'event_trigger']::regtype[])
       AND has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE') ORDER BY 1`,
  );
  for (const each of definers) {
    add(
      'weak',
      `${self.name} may call the SECURITY DEFINER function ${each}, with that role's rights; analysis alone stands before it.`,
      `REVOKE EXECUTE ON FUNCTION ${each.slice(0, each.lastIndexOf(', owned by '))} FROM PUBLIC;`,
    );
  }
  const remote = await names(
    `SELECT format('function %s', p.oid::regprocedure) AS name FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
       JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
     WHERE e.extname IN ('dblink', 'pg_cron', 'adminpack', 'lo') AND has_function_privilege(p.oid, 'EXECUTE') AND p.proname !~ '^dblink_(get|is|current|error|cancel|close|fetch)'
     UNION ALL SELECT format('foreign server %I', srvname) FROM pg_foreign_server WHERE has_server_privilege(oid, 'USAGE')
     UNION ALL SELECT format('foreign table %s', oid::regclass) FROM pg_class WHERE relkind = 'f' AND has_any_column_privilege(oid, 'SELECT') ORDER BY 1`,
  );
  if (remote.length > 0) {
    add(
      'weak',
      `${self.name} reaches beyond this database by ${few(remote)}; analysis calls it remote.`,
      'REVOKE what is not needed.',
    );
  }
  const languages = await names(
    `SELECT lanname AS name FROM pg_language WHERE lanispl AND NOT lanpltrusted AND has_language_privilege(oid, 'USAGE')`,
  );
  if (languages.length > 0) {
    add(
      'wrong',
      `${self.name} may write functions in ${few(languages)}, which do anything to the server.`,
      `REVOKE USAGE ON LANGUAGE ${languages.join(', ')} FROM PUBLIC, ${role};`,
    );
  }
  const parameters = await names(
    `SELECT parname AS name FROM pg_parameter_acl WHERE has_parameter_privilege(parname, 'SET') OR has_parameter_privilege(parname, 'ALTER SYSTEM') ORDER BY 1`,
  );
  if (parameters.length > 0) {
    add(
      'wrong',
      `${self.name} may set ${few(parameters)}.`,
      `REVOKE SET, ALTER SYSTEM ON PARAMETER ${parameters.join(', ')} FROM PUBLIC, ${role};`,
    );
  }
  const elsewhere = await names(
    `SELECT datname AS name FROM pg_database WHERE datallowconn AND datname <> current_database() AND has_database_privilege(oid, 'CONNECT') ORDER BY 1`,
  );
  if (elsewhere.length > 0) {
    add(
      'note',
      `${self.name} may connect to ${few(elsewhere, 5)} on the same server; pg_hba.conf lines keep it here.`,
      `REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(elsewhere[0] ?? '')} FROM PUBLIC;`,
    );
  }
  return found;
}
