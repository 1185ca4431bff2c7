// The floor in words: what no policy lifts (docs/design.md, the floor). Its codes come from analysis (StatementFacts.floor).
import type { ClientError, ErrorCode } from '../../../contract/errors.ts';
import type { Mode } from '../../../contract/words.ts';
import type { Mechanics } from '../../../statements/analysis.ts';
import type { Effect, StatementFacts } from '../../../statements/facts.ts';

interface Words {
  message: string;
  remedy: string;
  code?: ErrorCode;
}

const OUTSIDE = "Do it outside sudoql, with the database's own administration.";

const FLOOR: Record<string, Words> = {
  alter_login: { message: 'sudoql does not change logins or roles, not even your own password', remedy: OUTSIDE },
  set_role: { message: 'SET ROLE would leave the login that sudoql watches', remedy: OUTSIDE },
  session_authorization: {
    message: 'SET SESSION AUTHORIZATION would leave the login that sudoql watches',
    remedy: OUTSIDE,
  },
  replication_role: { message: 'session_replication_role would switch triggers and constraints off', remedy: OUTSIDE },
  gateway_setting: {
    message: 'this setting, or this value of it, belongs to sudoql',
    remedy: 'Leave it as it is; other settings are yours.',
  },
  application_name: {
    message: 'sudoql puts who you are before application_name, which it can only do where SET stands alone',
    remedy: "Send SET application_name = '…' in a text of its own, or give the name when you connect.",
  },
  two_phase: { message: 'two-phase commit would outlive the elevation', remedy: 'Use COMMIT.' },
  load: { message: "LOAD runs a library's code in the server", remedy: OUTSIDE },
  copy_program: {
    message: 'COPY with a PROGRAM runs a command on the database server',
    remedy: "COPY … TO STDOUT or FROM STDIN, or psql's \\copy.",
  },
  copy_file: {
    message: 'COPY with a file reads or writes on the database server',
    remedy: "COPY … TO STDOUT or FROM STDIN, or psql's \\copy.",
  },
  server_file: { message: 'this reads or writes files on the database server', remedy: OUTSIDE },
  alter_system: { message: 'ALTER SYSTEM changes the whole server', remedy: OUTSIDE },
  replication: { message: 'slots, publications and subscriptions are not made through sudoql', remedy: OUTSIDE },
  signal_backend: {
    message: 'ending or cancelling other sessions is not done through sudoql',
    remedy: 'Ctrl-C cancels your own statement.',
  },
  sql_in_string: {
    message: 'a function that takes SQL as text hides what it runs',
    remedy: 'Send that SQL as a statement of its own.',
  },
  secret_relation: {
    message: "this holds password hashes, connection secrets or samples of tables' values",
    remedy: 'Read the views or columns that leave them out, such as pg_roles.',
  },
  catalogue_by_hand: {
    message: "changing the server's own catalogue by hand can change logins, settings and code",
    remedy: 'Use the statement that is meant for it: SET, ALTER, GRANT.',
  },
  listen: {
    message: 'LISTEN is not permitted on this target',
    remedy: 'Its operator can permit it (targets.NAME.listen); else listen on a direct connection.',
    code: 'not_supported',
  },
  unknown_node: {
    message: 'sudoql does not understand this statement',
    remedy: 'Write it more plainly.',
    code: 'not_understood',
  },
  over_cap: { message: 'the statement is too large to be judged', remedy: 'Split it.', code: 'limit_exceeded' },
  setting_in_read: { message: 'this setting cannot be changed in read mode', remedy: '' },
  holdable_cursor: {
    message:
      'a cursor WITH HOLD is read to its end at COMMIT, where only tables and stable functions of the server may be read',
    remedy:
      'Declare it without HOLD, in a transaction. Django: .iterator() in transaction.atomic(), or DISABLE_SERVER_SIDE_CURSORS.',
  },
};

/** Of a set_config whose setting is not plain to see: it may be any, so it is refused as one of sudoql's own. */
const UNSEEN: Record<string, Words | undefined> = {
  gateway_setting: {
    message: 'which setting set_config changes must be plain to see, for some belong to sudoql',
    remedy: "Write its name as a constant, set_config('work_mem', $1, false), or use SET.",
  },
  setting_in_read: {
    message: 'which setting set_config changes must be plain to see, for few may be changed in read mode',
    remedy: "Write its name as a constant, set_config('search_path', $1, false), or use SET.",
  },
};

function setsUnseen({ functions }: StatementFacts, { sets }: Mechanics): boolean {
  return sets === undefined && functions.some(({ schema, name }) => schema === 'pg_catalog' && name === 'set_config');
}

/** What a read session may do. */
const READS: ReadonlySet<Effect> = new Set(['read', 'session', 'transaction']);

/** Everything that analysis may name as the floor's. */
export const FLOOR_CODES: readonly string[] = Object.keys(FLOOR);

export interface FloorRefusal {
  error: ClientError;
  codes: string[];
}

/** The floor's answer, before policy is asked. */
export function floor(facts: StatementFacts, mode: Mode, mechanics: Mechanics = {}): FloorRefusal | null {
  const [first] = facts.floor;
  if (first !== undefined) {
    const words = (setsUnseen(facts, mechanics) ? UNSEEN[first] : undefined) ??
      FLOOR[first] ?? { message: `refused (${first})`, remedy: OUTSIDE };
    const detail = `This holds in ${mode} mode whatever policy says: ${facts.floor.join(', ')}.`;
    const error: ClientError = {
      code: words.code ?? 'refused_by_floor',
      message: words.message,
      detail,
      ...(words.remedy === '' ? {} : { hint: words.remedy }),
    };
    return { error, codes: facts.floor };
  }
  const beyond = facts.effects.filter((effect) => !READS.has(effect));
  if (mode === 'write' || beyond.length === 0) return null;
  return { error: needsElevation(beyond, facts), codes: ['write_needs_elevation'] };
}

/** Of the floor's codes, those that are read mode's own: what write mode says of the statement is to be asked. */
export const OF_READ_MODE: readonly string[] = ['write_needs_elevation', 'setting_in_read', 'holdable_cursor'];

export const IN_READ = 'this session is in read mode and the statement does more than read';

/** What is to be done about it is said by write-outlook.ts, which knows what write mode would say. */
export function needsElevation(effects: string[], facts?: StatementFacts): ClientError {
  const detail = `It can do: ${effects.join(', ')}.`;
  const hint = facts && asRead(facts);
  return { code: 'write_needs_elevation', message: IN_READ, detail, ...(hint ? { hint } : {}) };
}

/** What takes an id for its transaction, which is a write, and which is asked for the sake of a snapshot. */
const TAKES_AN_ID = new Set(['txid_current', 'pg_current_xact_id']);

/** What does the same by reading, or what has been asked for without its name. */
function asRead({ effects, functions }: StatementFacts): string | null {
  if (functions.some(({ schema, name }) => schema === 'pg_catalog' && TAKES_AN_ID.has(name)))
    return 'It would take an id for its transaction. To read how far the server is: pg_snapshot_xmax(pg_current_snapshot()), or txid_snapshot_xmax(txid_current_snapshot()).';
  if (effects.includes('lock'))
    return 'It locks rows or tables, for which others would wait (SELECT … FOR UPDATE, Django: select_for_update()). Without the lock it is a read.';
  return null;
}
