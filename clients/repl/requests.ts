// `sudoql requests`, `approve`, `deny`, `withdraw`, `review`: what waits for others, and answering it.
import { Command } from 'commander';
import { type Static, Type, Value } from '../../services/contract/typebox/typebox.js';
import { inWords } from '../../services/contract/durations.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { answerGateway, type Gateway } from './gateway-api.ts';
import { visible } from './output/visible.ts';
import { Problem } from './problem.ts';
import { type Environment, readSettings, type SettingFlags } from './settings.ts';
import type { Terminal } from './terminal.ts';

const Request = Type.Object({
  id: Type.String(),
  state: Type.String(),
  principal: Type.String(),
  groups: Type.Array(Type.String()),
  target: Type.String(),
  client_address: Type.String(),
  application_name: Type.String(),
  seconds: Type.Number(),
  reason: Type.Union([Type.String(), Type.Null()]),
  asked: Type.Array(Type.Object({ name: Type.String(), count: Type.Integer() })),
  approved_by: Type.Array(Type.String()),
  for_me: Type.Boolean(),
});
const Listed = Type.Object({ requests: Type.Array(Request) });
type Request = Static<typeof Request>;

const NAMES = new Set(['requests', 'approve', 'deny', 'withdraw', 'review']);

export const isRequestCommand = ([name]: string[]): boolean => name !== undefined && NAMES.has(name);

interface Deps {
  terminal: Terminal;
  env: Environment;
}

/** Throws Problem, and CommanderError for wrong options. */
export async function runRequestCommand(args: string[], deps: Deps): Promise<ExitCode> {
  await requestCommandLine(deps).parseAsync(args, { from: 'user' });
  return EXIT.ok;
}

/** What these take. */
export function requestCommandLine({ terminal, env }: Deps): Command {
  const say = (line: string) => void terminal.output.write(`${line}\n`);
  const program = new Command('sudoql')
    .configureOutput({
      writeOut: (text) => void terminal.output.write(text),
      writeErr: (text) => void terminal.error.write(text),
    })
    .exitOverride();
  const command = (line: string, description: string) =>
    program
      .command(line)
      .description(description)
      .option('--url <url>', 'the gateway')
      .option('--token <token>', 'your token; others on this machine can see it, so rather:')
      .option('--token-file <path>', 'a file that holds the token and that only you may read')
      .option('--config <path>', 'another configuration file')
      .option('--allow-plaintext', 'send the token over http to another machine');
  const gateway = (options: SettingFlags): Gateway => readSettings(options, env);
  const post = async (options: SettingFlags, path: string, body: object | null) =>
    answerGateway(gateway(options), path, body);
  const answered = (body: unknown): Request => {
    if (!Value.Check(Request, body)) throw new Problem(EXIT.connection, 'The gateway does not answer as it should.');
    return Value.Parse(Request, body);
  };
  const pathOf = (id: string, action: string) => `v1/requests/${encodeURIComponent(id)}/${action}`;

  command('requests', 'Lists the requests that wait for you, and your own that are open.')
    .option('--json', 'as JSON', false)
    .action(async (options: SettingFlags & { json: boolean }) => {
      const found = await Promise.all(
        ['for-me', 'mine'].map((show) => answerGateway(gateway(options), `v1/requests?show=${show}`)),
      );
      const [forMe, mine] = found.map((body) => {
        if (!Value.Check(Listed, body)) throw new Problem(EXIT.connection, 'The gateway does not answer as it should.');
        return Value.Parse(Listed, body).requests;
      });
      const open = (mine ?? []).filter(({ state }) => state === 'pending' || state === 'approved');
      if (options.json) return say(JSON.stringify({ for_me: forMe, mine: open }));
      if ((forMe ?? []).length + open.length === 0) return say('Nothing waits for you, and you wait for nobody.');
      for (const each of forMe ?? []) say(`for you  ${describe(each)}`);
      for (const each of open) say(`yours    ${describe(each)}`);
    });
  command('approve <id>', 'Agrees to somebody’s request.')
    .option('--why <text>', 'what you want them to know')
    .action(async (id: string, options: SettingFlags & { why?: string }) => {
      const request = answered(await post(options, pathOf(id, 'approve'), options.why ? { why: options.why } : {}));
      say(
        request.state === 'approved'
          ? `${visible(request.principal)} may write to ${visible(request.target)} now, once.`
          : `You agreed; others must as well: ${request.asked.map(({ name, count }) => `${count} of ${visible(name)}`).join(', ')}.`,
      );
    });
  command('deny <id>', 'Says no to somebody’s request.')
    .option('--why <text>', 'what you want them to know')
    .action(async (id: string, options: SettingFlags & { why?: string }) => {
      const request = answered(await post(options, pathOf(id, 'deny'), options.why ? { why: options.why } : {}));
      say(`${visible(request.principal)} may not write to ${visible(request.target)}.`);
    });
  command('withdraw <id>', 'Takes your own request back.').action(async (id: string, options: SettingFlags) => {
    answered(await post(options, pathOf(id, 'withdraw'), null));
    say('It is taken back.');
  });
  command('review <elevation> <comment>', 'Closes the review that is owed for somebody’s broken glass.').action(
    async (elevation: string, comment: string, options: SettingFlags) => {
      await post(options, `v1/elevations/${encodeURIComponent(elevation)}/review`, { comment });
      say('The review is closed.');
    },
  );
  return program;
}

function describe({
  id,
  state,
  principal,
  groups,
  target,
  client_address,
  application_name,
  seconds,
  reason,
  approved_by,
}: Request): string {
  const by = approved_by.length > 0 ? `, agreed to by ${approved_by.map(visible).join(', ')}` : '';
  const where = `${visible(application_name) || 'a client'} at ${visible(client_address)}`;
  return `${id}  ${state}${by}: ${visible(principal)} (${groups.map(visible).join(', ') || 'no groups'}), ${where}, to write to ${visible(target)} for ${inWords(seconds)}\n         they say: “${visible(reason ?? '(not for you to see)')}”`;
}
