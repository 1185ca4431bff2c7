import pg from 'pg';
import { hbaLines } from '../doctor/hba.ts';
import { logins, type SetupOutcome, type SetupPlan, type SetupStatement, type TargetState } from './setup-plan.ts';
import { type Rights, rightsOf } from '../doctor/rights.ts';
import { setupTargetSql } from './setup-target-sql.ts';
import { targetState } from '../doctor/target-state.ts';
import { same, undoSql } from './undo.ts';

/** A statement that the setup cannot go on without. Nothing was changed. */
export class SetupFailed extends Error {}

/** Privileges that REVOKE and GRANT left as they were, said by a warning only. */
const NOTHING_DONE = new Set(['01006', '01007']);
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Makes a target's logins, all in one transaction. Without `apply` the same statements are tried and rolled back, so that
 * the answer says what this operator may not do. Can be run again. Throws SetupFailed, or what connecting throws.
 */
export async function setupTarget(
  admin: pg.ClientConfig,
  plan: SetupPlan,
  { apply = false }: { apply?: boolean } = {},
): Promise<SetupOutcome> {
  const client = new pg.Client(admin);
  client.on('error', () => {});
  await client.connect();
  try {
    const state = await targetState(client, plan);
    const statements = setupTargetSql(plan, state);
    await client.query(`BEGIN; SET LOCAL lock_timeout = '5s'; SET LOCAL search_path = pg_catalog`);
    const before = await rightsOf(client, plan, state.version);
    const notDone: SetupOutcome['notDone'] = [];
    for (const statement of statements) {
      const problem = await attempt(client, statement);
      if (problem !== null) notDone.push({ statement, problem });
    }
    const after = await rightsOf(client, plan, state.version);
    await client.query(apply ? 'COMMIT' : 'ROLLBACK');
    const passwords = logins(plan).filter(
      ({ user, password }) => password !== undefined && !state.passwordsKept.includes(user),
    );
    return {
      applied: apply,
      changed: !same(before, after),
      passwords: passwords.map(({ user }) => user),
      statements,
      notDone,
      undo: undoSql(before, after, state.superuser),
      hba: hbaLines(plan),
      notes: notes(plan, state, before),
    };
  } finally {
    await client.end();
  }
}

/** Null when it took effect, else why not. Throws when that cannot be lived with. */
async function attempt(client: pg.Client, statement: SetupStatement): Promise<string | null> {
  let warning: string | null = null;
  const onNotice = ({ code, message }: { code?: string | undefined; message?: string | undefined }) => {
    if (code !== undefined && NOTHING_DONE.has(code)) warning = message ?? code;
  };
  client.on('notice', onNotice);
  try {
    await client.query('SAVEPOINT one');
    await client.query(statement.sql);
    await client.query('RELEASE one');
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query('ROLLBACK TO one');
    warning = error.message;
    if (statement.otherwise === null || error.code !== INSUFFICIENT_PRIVILEGE)
      throw new SetupFailed(`${statement.shown}\n${error.message}`, { cause: error });
  } finally {
    client.off('notice', onNotice);
  }
  if (warning !== null && statement.otherwise === null) throw new SetupFailed(`${statement.shown}\n${warning}`);
  return warning;
}

function notes(plan: SetupPlan, state: TargetState, before: Rights): string[] {
  const known = logins(plan).filter(({ user, password }) => password !== undefined && before.logins.has(user));
  const lost = known.map(({ user }) => user).filter((user) => !state.passwordsKept.includes(user));
  const others = state.objects.filter(({ ours }) => !ours).map(({ schema, name }) => `${schema}.${name}`);
  return [
    ...(others.length === 0
      ? []
      : [`No rights were given on what belongs to roles beyond this operator's reach: ${others.join(', ')}.`]),
    `PUBLIC may connect to every database of a server unless told otherwise. If sudoql's ledger is on this server: REVOKE CONNECT ON DATABASE <ledger> FROM PUBLIC (sudoqld migrate does it).`,
    `Any login may change its own password and settings (ALTER ROLE); no grant takes that away. The floor refuses it in both modes, and the pg_hba.conf lines keep the logins to the gateways' addresses.`,
    `Functions are open to PUBLIC: a SECURITY DEFINER function runs with its owner's rights, also for ${plan.reader.user}. sudoqld doctor lists those that it can call.`,
    ...(lost.length === 0
      ? []
      : [`The password that ${lost.join(', ')} had before is not known, and not in what takes this back.`]),
    ...(state.superuser
      ? []
      : ['Run by a role that is no superuser: what could not be done is listed above, with what carries it instead.']),
    ...(state.otherLogins.length === 0
      ? []
      : [
          `"Read-only by default" is true for those who come through the gateway only. Other logins of this server: ${state.otherLogins.join(', ')}. sudoqld doctor says what they can write.`,
        ]),
  ];
}
