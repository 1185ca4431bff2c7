// The in-band commands: sudo, unsudo, sudo_status and SHOW of sudoql's own parameters.
import type { CommandArgument, InBandCommand } from '../../../contract/commands.ts';
import type { ClientError } from '../../../contract/errors.ts';
import { FLUSH } from '../../wire/frames.ts';
import { elevate } from '../write-mode/elevating.ts';
import { endElevation } from '../write-mode/ending.ts';
import type { Session } from '../session.ts';
import { synced } from '../target/synced.ts';

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
      const reason = argument(command.reason, values) ?? '';
      const duration = command.duration && argument(command.duration, values);
      return sudo(session, reason, duration);
    }
  }
}

/** How many parameters a Describe lists: up to the highest that is used. */
export function parameterCount(command: InBandCommand): number {
  if (command.name !== 'sudo') return 0;
  return Math.max(
    0,
    ...[command.reason, command.duration].map((each) => (each && 'parameter' in each ? each.parameter : 0)),
  );
}

function argument(from: CommandArgument, values: (string | null)[]): string | null {
  return 'literal' in from ? from.literal : (values[from.parameter - 1] ?? null);
}

async function sudo(session: Session, reason: string, duration: string | null): Promise<CommandAnswer | 'again'> {
  if (session.mode === 'read') {
    if (session.status === 'E') return refusal(FAILED_TRANSACTION);
    if (!session.alone && session.bareBegin === null) return refusal(inTransaction('sudo'));
    // Nothing may be outstanding on the reader when it is left.
    if (session.batch.dirty) await synced(session);
    else if (session.replies.length > 0) await answered(session);
    if (session.skipping) return refusal(inTransaction('sudo'));
  }
  const error = await elevate(session, { by: 'in-band', reason, duration });
  if (error) return refusal(error);
  const until = session.elevation?.deadline.toISOString() ?? '';
  return { kind: 'answer', text: `write mode until ${until}`, tag: 'SELECT 1' };
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
