import type pg from 'pg';
import { scramVerifier } from '../setup/scram-verifier.ts';
import { type Login, logins, type SetupPlan, type TargetState } from '../setup/setup-plan.ts';

/** Looks at the target before its statements are made. Throws when it is not the plan's database or an unsupported version. */
export async function targetState(client: pg.ClientBase, plan: SetupPlan): Promise<TargetState> {
  const { rows } = await client.query<{ database: string; version: number; superuser: boolean; signals: boolean }>(
    `SELECT current_database() AS database, current_setting('server_version_num')::int / 10000 AS version, rolsuper AS superuser,
       rolsuper OR (current_setting('server_version_num')::int < 160000 AND rolcreaterole)
         OR (pg_has_role('pg_signal_backend', 'MEMBER WITH ADMIN OPTION') AND pg_has_role('pg_read_all_stats', 'MEMBER WITH ADMIN OPTION')) AS signals
     FROM pg_roles WHERE rolname = current_user`,
  );
  const [here] = rows;
  if (!here) throw new Error('The operator’s own role is not in pg_roles.');
  if (here.database !== plan.database)
    throw new Error(`Connected to database ${here.database}, but the target's database is ${plan.database}.`);
  if (here.version < 15) throw new Error(`PostgreSQL ${here.version} is not supported; 15 to 18 are.`);

  const missing = await names(
    client,
    `SELECT s AS name FROM unnest($1::text[]) s WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = s)`,
    [plan.schemas],
  );
  if (missing.length > 0) throw new Error(`There is no schema ${missing.join(', ')} in ${plan.database}.`);

  const ours = logins(plan).map(({ user }) => user);
  if (new Set(ours).size !== ours.length) throw new Error('Reader, writer and control must be different logins.');
  return {
    version: here.version,
    superuser: here.superuser,
    roles: await names(client, `SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1)`, [ours]),
    makers:
      plan.makers ??
      (await names(
        client,
        `SELECT DISTINCT r.rolname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_roles r ON r.oid = c.relowner WHERE n.nspname = ANY($1) AND c.relkind IN ('r','p','v','m','f','S')
         UNION SELECT r.rolname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
           WHERE n.nspname = ANY($1) AND r.rolname !~ '^pg_' ORDER BY 1`,
        [plan.schemas],
      )),
    objects: await objects(client, plan),
    mayGrantSignals: here.signals,
    passwordsKept: here.superuser ? await passwordsKept(client, logins(plan)) : [],
    otherLogins: await names(
      client,
      `SELECT rolname AS name FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> ALL($1) ORDER BY 1`,
      [ours],
    ),
  };
}

async function objects(client: pg.ClientBase, plan: SetupPlan): Promise<TargetState['objects']> {
  const { rows } = await client.query<TargetState['objects'][number]>(
    `SELECT nspname AS schema, CASE relkind WHEN 'S' THEN 'SEQUENCES' ELSE 'TABLES' END AS what, relname AS name, pg_has_role(relowner, 'USAGE') AS ours, relkind = 'f' AS foreign
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = ANY($1) AND relkind IN ('r','p','v','m','f','S') ORDER BY 1, 2, 3`,
    [plan.schemas],
  );
  return rows;
}

/** A verifier is made with a salt of its own: a new one for the same password would be a change. Only a superuser sees them. */
async function passwordsKept(client: pg.ClientBase, wanted: Login[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; verifier: string | null }>(
    'SELECT rolname AS name, rolpassword AS verifier FROM pg_authid WHERE rolname = ANY($1)',
    [wanted.map(({ user }) => user)],
  );
  return rows.flatMap(({ name, verifier }) => {
    const password = wanted.find(({ user }) => user === name)?.password;
    const salt = /^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(verifier ?? '')?.[1];
    if (password === undefined || salt === undefined) return [];
    return scramVerifier(password, Buffer.from(salt, 'base64')) === verifier ? [name] : [];
  });
}

async function names(client: pg.ClientBase, sql: string, values: unknown[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(sql, values);
  return rows.map(({ name }) => name);
}
