// The demo on a terminal: the real REPL, and what arrives meanwhile shown above the line that is being typed.
import { run } from '../../clients/repl/run.ts';
import { standardTerminal } from '../../clients/repl/terminal.ts';
import type { CaughtMail } from './mailbox.ts';
import type { Stage } from './stage.ts';
import type { CaughtWebhook } from './webhook-receiver.ts';

export async function openRepl(stage: Stage, signal: AbortSignal): Promise<number> {
  const terminal = standardTerminal();
  const paint = process.env.NO_COLOR
    ? (_: number, text: string) => text
    : (code: number, text: string) => `\x1b[${code}m${text}\x1b[0m`;
  terminal.output.write(introduction(stage, paint));
  let say = (text: string): void => void terminal.output.write(text);
  stage.hear({
    mail: (mail) => say(paint(36, mailLines(mail))),
    webhook: (webhook) => say(paint(36, webhookLine(webhook))),
  });
  return run(['shop'], {
    terminal,
    env: { ...process.env, SUDOQL_URL: stage.http, SUDOQL_TOKEN: stage.tokens.ana, XDG_STATE_HOME: stage.directory },
    onSignal: (interrupted) => {
      const listener = () => interrupted();
      signal.addEventListener('abort', listener);
      return () => signal.removeEventListener('abort', listener);
    },
    onPrompt: (above) => {
      say = above;
    },
  });
}

function introduction(stage: Stage, paint: (code: number, text: string) => string): string {
  return `
You are ana, a developer. Behind the gateway is the database of a shop; you may read it, and say why to write.

  SELECT id, status, note FROM orders WHERE id = 4211;
  UPDATE orders SET status = 'paid' WHERE id = 4211;      -- refused; you are asked whether to write
  \\sudo fix order 4211                                    -- or so
  \\unsudo                                                 -- and back
  \\c payroll                                              -- where somebody of security must agree: Dan, at ${stage.http}

${paint(2, `psql      psql '${stage.wire.url('ana')}'`)}
${paint(2, `mailbox   ${stage.mailbox.url}`)}
${paint(2, `webhooks  ${stage.receiver.url}   API ${stage.http}/openapi.json`)}

`;
}

function mailLines(mail: CaughtMail): string {
  return `✉ to ${mail.to.join(', ')}: ${mail.subject}\n`;
}

function webhookLine(webhook: CaughtWebhook): string {
  const event = (webhook.payload as { type?: unknown } | null)?.type;
  return `⇢ webhook ${typeof event === 'string' ? event : ''}, signature ${webhook.verified ? 'verified' : `WRONG: ${webhook.problem}`}\n`;
}
