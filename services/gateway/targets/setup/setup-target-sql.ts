import pg from 'pg';
import { takenBuiltins } from '../doctor/builtins.ts';
import { scramVerifier } from './scram-verifier.ts';
import { type Login, logins, type SetupPlan, type SetupStatement, type TargetState } from './setup-plan.ts';

const id = pg.escapeIdentifier;
const text = pg.escapeLiteral;
const list = (names: readonly string[]) => names.map(id).join(', ');

const DEFAULT_CONNECTIONS = { reader: 200, writer: 50, control: 20 };

/**
 * The statements that make a target's logins, in order; each can be run again. docs/read-mode.md, layer F: reader without any right to
 * write, writer with DML and nothing else, control that may signal both and that neither may signal.
 */
export function setupTargetSql(plan: SetupPlan, state: TargetState): SetupStatement[] {
  const connections = plan.connections ?? DEFAULT_CONNECTIONS;
  return [
    ...login(plan.reader, connections.reader, 'NOINHERIT', 'reads; no right to write anything', state),
    ...login(plan.writer, connections.writer, 'NOINHERIT', 'writes rows, while an elevation lasts', state),
    ...login(plan.control, connections.control, 'INHERIT', 'ends backends of the other two', state),
    ...(plan.owner ? ownerLogin(plan.owner, state) : []),
    ...settings(plan),
    ...database(plan, state),
    ...plan.schemas.flatMap((schema) => inSchema(plan, state, schema)),
    ...control(plan, state),
    ...builtins(plan, state),
  ];
}

function statement(sql: string, why: string, more: Partial<Omit<SetupStatement, 'sql' | 'why'>> = {}): SetupStatement {
  return { sql, why, shown: more.shown ?? sql, otherwise: more.otherwise ?? null };
}

function login(who: Login, limit: number, inherit: string, does: string, state: TargetState): SetupStatement[] {
  const plain = `LOGIN ${inherit} NOCREATEROLE CONNECTION LIMIT ${limit}`;
  const made = state.roles.includes(who.user)
    ? statement(`ALTER ROLE ${id(who.user)} ${plain}`, `${who.user} ${does}`)
    : statement(`CREATE ROLE ${id(who.user)} ${plain}`, `${who.user} ${does}`);
  return [
    made,
    // Whoever lacks an attribute may not name it, even to say no; a role that anyone else makes does not have them.
    statement(
      `ALTER ROLE ${id(who.user)} NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS`,
      'nothing above the grants below',
      {
        otherwise: 'a role made by one who lacks these lacks them; doctor looks, serve refuses a superuser',
      },
    ),
    statement(
      leaveAll(who.user, state.version),
      `${who.user} is a member of nothing: other roles bring their rights, and pg_read_all_data reads password hashes`,
      { otherwise: 'doctor names each membership that is left' },
    ),
    ...(who.password === undefined || state.passwordsKept.includes(who.user)
      ? []
      : [
          statement(`ALTER ROLE ${id(who.user)} PASSWORD ${text(scramVerifier(who.password))}`, 'as a SCRAM verifier', {
            shown: `ALTER ROLE ${id(who.user)} PASSWORD '…'`,
          }),
        ]),
  ];
}

/** A DO block, because REVOKE wants the names, and a script that was printed yesterday must hold today. */
function leaveAll(role: string, version: number): string {
  // From 16 a membership has one row for each who granted it.
  const by = version >= 16 ? ' GRANTED BY %I' : '';
  return `DO $$ DECLARE held record; BEGIN
  FOR held IN SELECT m.roleid::regrole::name AS name, m.grantor::regrole::name AS grantor FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = ${text(role)}
  LOOP EXECUTE format('REVOKE %I FROM %I${by}', held.name, ${text(role)}, held.grantor); END LOOP;
END $$`;
}

function ownerLogin(owner: Login & { of: string[] }, state: TargetState): SetupStatement[] {
  return [
    ...login(owner, 5, 'INHERIT', 'changes the schema', state),
    ...owner.of.map((role) =>
      statement(`GRANT ${id(role)} TO ${id(owner.user)}`, `owns what ${role} owns`, {
        otherwise: `run it as a role that may grant ${role}; until then ${owner.user} cannot alter what is ${role}'s`,
      }),
    ),
  ];
}

function settings(plan: SetupPlan): SetupStatement[] {
  return [
    statement(
      `ALTER ROLE ${id(plan.reader.user)} SET default_transaction_read_only = on`,
      'a second lock behind the grants; the gateway sets it too',
    ),
    statement(
      `ALTER ROLE ${id(plan.control.user)} SET default_transaction_read_only = on`,
      'signalling needs no right to write',
    ),
    statement(
      `ALTER ROLE ${id(plan.writer.user)} SET client_connection_check_interval = '1s'`,
      'a statement whose gateway is gone is rolled back, not committed seconds later',
    ),
    statement(
      `ALTER ROLE ${id(plan.writer.user)} SET idle_in_transaction_session_timeout = '10min'`,
      'a forgotten transaction lets its locks go',
    ),
  ];
}

function database(plan: SetupPlan, state: TargetState): SetupStatement[] {
  const users = logins(plan).map(({ user }) => user);
  const keep = plan.keepFor ?? [];
  const here = id(plan.database);
  return [
    statement(`GRANT CONNECT ON DATABASE ${here} TO ${list(users)}`, 'also when PUBLIC may not connect'),
    statement(`REVOKE CREATE, TEMP ON DATABASE ${here} FROM ${list(users)}`, 'should an earlier setup have given it'),
    statement(
      `REVOKE TEMP ON DATABASE ${here} FROM PUBLIC`,
      `temporary tables hide tables of the same name, and are written in READ ONLY.${touches(plan, state)}`,
      {
        otherwise: 'analysis refuses CREATE TEMP in read; the writer can make temporary tables',
      },
    ),
    ...keep.map((role) => statement(`GRANT TEMP ON DATABASE ${here} TO ${id(role)}`, `${role} keeps TEMP`)),
  ];
}

function inSchema(plan: SetupPlan, state: TargetState, schema: string): SetupStatement[] {
  const [reader, writer] = [id(plan.reader.user), id(plan.writer.user)];
  const s = id(schema);
  const on = (what: 'TABLES' | 'SEQUENCES', make: (all: string) => SetupStatement[]) =>
    objects(state, schema, what).flatMap(make);
  return [
    statement(
      `REVOKE CREATE ON SCHEMA ${s} FROM PUBLIC`,
      'who can create here can put a function in the way of a name; PUBLIC could in databases older than 15',
      {
        otherwise: 'analysis resolves names as the server does; doctor tells when the reader or writer can create',
      },
    ),
    ...on('TABLES', (all) => [
      statement(`REVOKE ALL ON ${all} FROM ${reader}, ${writer}`, 'should an earlier setup have given more'),
      statement(`GRANT SELECT ON ${all} TO ${reader}`, 'read every table and view that exists'),
      statement(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ${all} TO ${writer}`,
        'rows; not TRUNCATE, REFERENCES, TRIGGER or MAINTAIN',
      ),
    ]),
    ...elsewhere(state, schema).map((tables) =>
      statement(
        `REVOKE SELECT ON ${tables} FROM ${reader}`,
        'READ ONLY does not reach the server that they are on; analysis refuses them in read as well',
      ),
    ),
    ...on('SEQUENCES', (all) => [
      statement(`REVOKE ALL ON ${all} FROM ${reader}, ${writer}`, 'should an earlier setup have given more'),
      statement(`GRANT SELECT ON ${all} TO ${reader}`, 'look at sequences, not advance them'),
      statement(`GRANT USAGE, SELECT ON ${all} TO ${writer}`, 'next values; not setval'),
    ]),
    statement(`REVOKE CREATE ON SCHEMA ${s} FROM ${reader}, ${writer}`, 'likewise'),
    statement(`GRANT USAGE ON SCHEMA ${s} TO ${reader}, ${writer}`, `names in ${schema} can be used`),
    ...state.makers.flatMap((maker) => toCome(plan, maker, s)),
  ];
}

/** `ALL TABLES IN SCHEMA x`, or by name where some belong to a role that the operator has no part in (an extension's views on a managed server). */
function objects(state: TargetState, schema: string, what: 'TABLES' | 'SEQUENCES'): string[] {
  const here = state.objects.filter((object) => object.schema === schema && object.what === what);
  if (here.every(({ ours }) => ours)) return [`ALL ${what} IN SCHEMA ${id(schema)}`];
  const names = here.filter(({ ours }) => ours).map(({ name }) => `${id(schema)}.${id(name)}`);
  return names.length === 0 ? [] : [`${what.slice(0, -1)} ${names.join(', ')}`];
}

/** Foreign tables, by name; none where there are none. */
function elsewhere(state: TargetState, schema: string): string[] {
  const names = state.objects
    .filter((object) => object.schema === schema && object.foreign && object.ours)
    .map(({ name }) => `${id(schema)}.${id(name)}`);
  return names.length === 0 ? [] : [names.join(', ')];
}

/** The same for what `maker` makes later. */
function toCome(plan: SetupPlan, maker: string, schema: string): SetupStatement[] {
  const grants: [string, string, Login][] = [
    ['SELECT', 'TABLES', plan.reader],
    ['SELECT', 'SEQUENCES', plan.reader],
    ['SELECT, INSERT, UPDATE, DELETE', 'TABLES', plan.writer],
    ['USAGE, SELECT', 'SEQUENCES', plan.writer],
  ];
  return grants.map(([rights, what, { user }]) =>
    statement(
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${id(maker)} IN SCHEMA ${schema} GRANT ${rights} ON ${what} TO ${id(user)}`,
      `${what.toLowerCase()} that ${maker} will make`,
      { otherwise: `run setup-target again after ${maker} made a table, or run it as ${maker}` },
    ),
  );
}

function control(plan: SetupPlan, state: TargetState): SetupStatement[] {
  const user = id(plan.control.user);
  // From 16 a membership can be had for its rights alone, with no SET ROLE.
  const rights = state.version >= 16 ? ' WITH INHERIT TRUE, SET FALSE' : '';
  if (!state.mayGrantSignals) {
    return [
      statement(
        `GRANT ${id(plan.reader.user)}, ${id(plan.writer.user)} TO ${user}${rights}`,
        'lets control see and end their backends, because this operator may not grant pg_signal_backend; it also lets control read and write what they can',
      ),
    ];
  }
  return [
    statement(
      `GRANT pg_signal_backend TO ${user}${rights}`,
      'ends backends of every login that is no superuser; membership in reader and writer would do, but let control read and write',
    ),
    statement(
      `GRANT pg_read_all_stats TO ${user}${rights}`,
      'sees when a backend started, so that a reused process id is never signalled',
    ),
    ...(state.version >= 16
      ? [
          statement(`GRANT pg_use_reserved_connections TO ${user}${rights}`, 'gets in when the server is full', {
            otherwise: 'the gateway keeps its control connections open; a lost one cannot be opened on a full server',
          }),
        ]
      : []),
  ];
}

function builtins(plan: SetupPlan, state: TargetState): SetupStatement[] {
  return takenBuiltins(state.version).flatMap(({ signature, why, control: needed }) => {
    const name = `pg_catalog.${signature}`;
    const keep = [...(plan.keepFor ?? []), ...(needed ? [plan.control.user] : [])];
    return [
      statement(`REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`, `${why}.${touches(plan, state)}`, {
        otherwise:
          'analysis refuses the call in read; inside functions that the security team listed it can be reached',
      }),
      ...(keep.length === 0
        ? []
        : [
            statement(`GRANT EXECUTE ON FUNCTION ${name} TO ${list(keep)}`, 'who keeps it', {
              otherwise: 'nothing is needed while PUBLIC has it',
            }),
          ]),
    ];
  });
}

function touches(plan: SetupPlan, state: TargetState): string {
  const kept = new Set([...(plan.keepFor ?? []), plan.reader.user, plan.writer.user, plan.control.user]);
  const others = state.otherLogins.filter((name) => !kept.has(name) && name !== plan.owner?.user);
  if (others.length === 0) return '';
  const shown =
    others.length > 5 ? `${others.slice(0, 5).join(', ')} and ${others.length - 5} more` : others.join(', ');
  return ` Also taken from ${shown}: name those that need it with --keep-for`;
}
