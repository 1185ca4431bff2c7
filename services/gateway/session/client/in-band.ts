// The in-band commands: sudo, unsudo, sudo_status and SHOW of sudoql's own parameters.
import { fold, trimBlanks } from '../../../statements/sql-characters.ts';
import {
  BREAK_GLASS,
  type CommandArgument,
  FOR_ONE_TRANSACTION,
  type InBandCommand,
} from '../../../contract/commands.ts';
import type { ClientError } from '../../../contract/errors.ts';
import { FLUSH, TEXT_OID } from '../../wire/frames.ts';
import { elevate } from '../write-mode/elevating.ts';
import { endElevation } from '../write-mode/ending.ts';
import type { Session } from '../session.ts';
import { synced } from '../target/synced.ts';
import { decode } from './text.ts';

const INTERVAL_OID = 1186;

export type CommandAnswer = { kind: 'answer'; text: string; tag: string } | { kind: 'refusal'; error: ClientError };

/** `values`: bound to its parameters. `again`: the mode changed on the way. */
export async function runCommand(
  session: Session,
  command: InBandCommand,
  values: (string | null)[],
): Promise<CommandAnswer | 'again'> {
  switch (command.name) {
    case 'sudo_status':
      return { kind: 'answer', text: status(session), tag: 'SELECT 1' };
    case 'show':
      return { kind: 'answer', text: session.told.get(command.parameter) ?? '', tag: 'SHOW' };
    case 'unsudo':
      return unsudo(session);
    case 'sudo': {
      const asked = sudoAsked(command, values);
      return 'code' in asked ? refusal(asked) : sudo(session, asked);
    }
  }
}

interface SudoAsked {
  reason: string;
  duration: string | null;
  /** Write mode ends with the next transaction. */
  once: boolean;
  /** Does not wait for others to agree. */
  breakGlass: boolean;
}

/** Which option is which is known once there are values: a time, or the scope. */
function sudoAsked(command: InBandCommand & { name: 'sudo' }, values: (string | null)[]): SudoAsked | ClientError {
  const asked: SudoAsked = {
    reason: argument(command.reason, values) ?? '',
    duration: null,
    once: false,
    breakGlass: false,
  };
  for (const { is, value } of command.options) {
    const said = argument(value, values);
    // An argument that a driver fills with NULL is one that was not given.
    if (said === null) continue;
    const word = fold(trimBlanks(said));
    if (is === null && word === BREAK_GLASS) {
      if (asked.breakGlass) return twice(`'${BREAK_GLASS}'`);
      asked.breakGlass = true;
      continue;
    }
    const scope = word === FOR_ONE_TRANSACTION;
    if (is === 'scope' ? !scope : is === null && asked.duration !== null && !scope) return badScope(said);
    if ((scope && is !== 'time' ? asked.once : asked.duration !== null) === true)
      return twice(scope ? 'scope' : 'time');
    if (scope && is !== 'time') asked.once = true;
    else asked.duration = said;
  }
  return asked;
}

const EXAMPLE = `SELECT sudo('why', '10 min', '${FOR_ONE_TRANSACTION}')`;

const badScope = (said: string): ClientError => ({
  code: 'sudo_bad_argument',
  message: `sudo does not know ${JSON.stringify(said.slice(0, 40))}`,
  hint: `It takes a reason, a time, '${FOR_ONE_TRANSACTION}' and '${BREAK_GLASS}': ${EXAMPLE}.`,
});

const twice = (what: string): ClientError => ({
  code: 'sudo_bad_argument',
  message: `sudo was given its ${what} twice`,
  hint: `${EXAMPLE}.`,
});

/** Types of its parameters, up to the highest that is used: as its Parse declared them, else what they are cast to, else text. */
export function parameterTypes(command: InBandCommand, declared: readonly number[]): number[] {
  if (command.name !== 'sudo') return [];
  const used = [command.reason, ...command.options.map(({ value }) => value)].filter((each) => 'parameter' in each);
  const types: number[] = [];
  for (const { parameter, interval } of used) {
    const known = types[parameter - 1];
    types[parameter - 1] = declared[parameter - 1] || known || (interval ? INTERVAL_OID : TEXT_OID);
  }
  return Array.from(types, (type) => type ?? TEXT_OID);
}

/** A parameter's value as text. Text has the same bytes in both formats; of others only those that a time may come as are read. */
export function parameterText(value: Buffer, type: number, binary: boolean): string {
  if (binary && type === INTERVAL_OID && value.length === 16) {
    const [days, months] = [value.readInt32BE(8), value.readInt32BE(12)];
    const seconds = Number(value.readBigInt64BE()) / 1e6;
    // What is no whole number of seconds, or less than none, is not understood, as it is when it is typed.
    return `${months} months ${days} days ${seconds} s`;
  }
  if (binary && type === 21 && value.length === 2) return String(value.readInt16BE());
  if (binary && type === 23 && value.length === 4) return String(value.readInt32BE());
  if (binary && type === 20 && value.length === 8) return String(value.readBigInt64BE());
  return decode(value) ?? '';
}

function argument(from: CommandArgument, values: (string | null)[]): string | null {
  return 'literal' in from ? from.literal : (values[from.parameter - 1] ?? null);
}

async function sudo(
  session: Session,
  { reason, duration, once, breakGlass }: SudoAsked,
): Promise<CommandAnswer | 'again'> {
  if (session.mode === 'read') {
    if (session.status === 'E') return refusal(FAILED_TRANSACTION);
    if (!session.alone && session.bareBegin === null) return refusal(inTransaction('sudo'));
    // Nothing may be outstanding on the reader when it is left.
    if (session.batch.dirty) await synced(session);
    else if (session.replies.length > 0) await answered(session);
    if (session.conversation.skipping) return refusal(inTransaction('sudo'));
  }
  const error = await elevate(session, { by: 'in-band', reason, duration, breakGlass });
  if (error) return refusal(error);
  session.forOneTransaction = once;
  if (!once && session.endWhenIdle === 'transaction') session.endWhenIdle = null;
  const until = session.elevation?.deadline.toISOString() ?? '';
  const text = `write mode ${once ? 'for one transaction, at most ' : ''}until ${until}`;
  return { kind: 'answer', text, tag: 'SELECT 1' };
}

async function unsudo(session: Session): Promise<CommandAnswer> {
  if (session.mode === 'read') return { kind: 'answer', text: 'read mode', tag: 'SELECT 1' };
  if (session.batch.dirty || session.bound) return refusal(inTransaction('unsudo'));
  if (session.replies.length > 0) await answered(session);
  await endElevation(session, 'unsudo');
  return { kind: 'answer', text: 'read mode', tag: 'SELECT 1' };
}

/** Waits until the target has answered what it was sent. */
export function answered(session: Session): Promise<void> {
  return new Promise((resolve) => {
    session.push({ kind: 'local', answer: Buffer.alloc(0), settled: () => resolve() }, FLUSH);
  });
}

const refusal = (error: ClientError): CommandAnswer => ({ kind: 'refusal', error });

/** PostgreSQL's own words: what failed stays failed, whatever mode the session would be in. */
const FAILED_TRANSACTION: ClientError = {
  code: 'sudo_in_transaction',
  sqlstate: '25P02',
  message: 'current transaction is aborted, commands ignored until end of transaction block',
  hint: 'ROLLBACK first.',
};

const inTransaction = (name: string): ClientError => ({
  code: 'sudo_in_transaction',
  message: `${name} cannot run in a transaction that has already done something`,
  hint: 'COMMIT or ROLLBACK first; in drivers, use autocommit for it.',
});

/** One line of JSON, for people and for programs. */
function status(session: Session): string {
  const { elevation, lastRefusal, ref } = session;
  return JSON.stringify({
    mode: session.mode,
    principal: ref.principal.id,
    target: ref.target.name,
    session: ref.id,
    elevation: elevation && {
      id: elevation.id,
      reason: elevation.reason,
      started_at: elevation.startedAt.toISOString(),
      deadline: elevation.deadline.toISOString(),
      seconds_left: Math.round(elevation.secondsLeft()),
    },
    revision: session.deps.policy.revision,
    last_refusal: lastRefusal && {
      at: lastRefusal.at.toISOString(),
      code: lastRefusal.error.code,
      message: lastRefusal.error.message,
      detail: lastRefusal.error.detail ?? null,
      hint: lastRefusal.error.hint ?? null,
      reasons: lastRefusal.reasons,
      statement: lastRefusal.facts?.normalized ?? null,
    },
  });
}
