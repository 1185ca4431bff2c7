import { clockTime } from '../output/times.ts';
import { visible, visibleLine } from '../output/visible.ts';
import type { Shell } from '../shell.ts';
import { describeMessage } from '../statement-error.ts';
import { sessionStatus } from './session-status.ts';

/** `\why`: the last refusal as the gateway remembers it; an error of the target's own as we do. */
export async function why({ client, terminal, style, lastError }: Shell): Promise<void> {
  const { last_refusal: refusal, revision } = await sessionStatus(client);
  if (lastError && lastError.sudoqlCode === null) {
    const { fields, statement } = lastError;
    terminal.output.write(describeMessage(fields, statement, style, terminal.output.columns));
    terminal.output.write(`The database itself said so (SQLSTATE ${visibleLine(fields.code ?? '?')}), not sudoql.\n`);
    return;
  }
  if (!refusal) {
    terminal.output.write('Nothing was refused in this session.\n');
    return;
  }
  const lines: [string, string | null][] = [
    ['refused', `${refusal.message} (${refusal.code})`],
    ['when', clockTime(new Date(refusal.at))],
    ['statement', refusal.statement],
    ['because', refusal.detail],
    ['do', refusal.hint],
    ['policy', revision?.slice(0, 12) ?? null],
  ];
  for (const [name, value] of lines) {
    if (value)
      terminal.output.write(
        `${style.bold(name.padEnd(9))}  ${visible(value).replaceAll('\n', `\n${' '.repeat(11)}`)}\n`,
      );
  }
}
