// Going into write mode from the prompt: the one question, the reason, and the statement once more.
import pg from 'pg';
import { inWords } from '../../services/contract/durations.ts';
import { BREAK_GLASS } from '../../services/contract/commands.ts';
import { TO_WRITE } from '../../services/contract/errors.ts';
import { clockTime } from './output/times.ts';
import { visible } from './output/visible.ts';
import { runStatement, type Shell } from './shell.ts';
import { placeOf, type SessionState } from './state.ts';
import { StatementError } from './statement-error.ts';

/**
 * Runs a statement; where it is refused because it writes, nothing is open that would be lost, and this token may, asks
 * whether to write, and why, and then runs it once more. Throws what `runStatement` throws.
 */
export async function runOrOffer(shell: Shell, text: string, how?: Parameters<typeof runStatement>[2]): Promise<void> {
  const alone = shell.client.transaction === 'I';
  try {
    await runStatement(shell, text, how);
  } catch (error) {
    if (!(error instanceof StatementError) || !alone || !mayElevate(error) || !shell.mayAsk()) throw error;
    // How to come into write mode is what is asked now.
    shell.terminal.error.write(`${visible(error.message.split(TO_WRITE)[0] ?? '')}\n`);
    const answer = await shell.ask(question(shell.client.state));
    if (!/^\s*y(es)?\s*$/i.test(answer ?? '')) throw error;
    const reason = (await shell.ask('Reason: '))?.trim();
    if (!reason) throw error;
    await elevate(shell, reason, null);
    await runStatement(shell, text, how);
  }
}

/** Asks for write mode as any client does. Throws StatementError. */
export async function elevate(
  shell: Shell,
  reason: string,
  duration: string | null,
  breakGlass = false,
): Promise<void> {
  const given = [reason, ...(duration === null ? [] : [duration]), ...(breakGlass ? [BREAK_GLASS] : [])].map((text) =>
    pg.escapeLiteral(text).trim(),
  );
  await shell.client.run(`SELECT sudo(${given.join(', ')})`, QUIET);
  sayWriteMode(shell);
}

/** Says that write mode is on, and until when. */
export function sayWriteMode({ client, terminal, style }: Pick<Shell, 'client' | 'terminal' | 'style'>): void {
  const until = client.state.writeUntil;
  const time = until === null ? '' : ` until ${clockTime(new Date(until))}`;
  terminal.error.write(`${style.red('Write mode')} on ${visible(placeOf(client.state))}${time}.\n`);
}

/** The refusal is sudoql's own, and its hint names what only a token that may elevate is told. */
function mayElevate(error: StatementError): boolean {
  return error.sudoqlCode === 'write_needs_elevation' && (error.fields.hint?.includes('SELECT sudo(') ?? false);
}

function question(state: SessionState): string {
  const time = state.defaultDuration === null ? '' : ` for ${inWords(state.defaultDuration)}`;
  return `Write to ${placeOf(state)}${time}? Your team will be told. [y/N] `;
}

const QUIET = {
  columns: () => {},
  row: () => true,
  copy: () => true,
  done: async () => {},
  drained: async () => {},
};
