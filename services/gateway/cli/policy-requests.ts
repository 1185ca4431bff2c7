// `sudoqld policy requests | approve | deny`: policies that wait for somebody else's approval.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Type, Value } from '../../contract/typebox/typebox.js';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { bodyOf, RequestBody } from '../http/routes/policy-requests.ts';
import { policyRequests } from '../policy/requests/requests.ts';
import { connectionOf } from '../targets/connections.ts';
import { CommandFailed, configOf, EXIT, type Io, say, withConfig } from './io.ts';
import { askGateway } from './policy-through-gateway.ts';

interface Options {
  config: string;
  json: boolean;
  gateway?: string;
  tokenFile?: string;
}

const withGateway = (command: Command): Command =>
  command
    .option('--gateway <url>', 'ask a running gateway, as a principal; needs no configuration')
    .option('--token-file <file>', 'with --gateway: where the token is ("-": standard input)')
    .option('--json', 'print JSON', false);

export function registerRequests(policy: Command, io: Io): void {
  withGateway(withConfig(policy.command('requests').argument('[request]', 'one of them; its first digits will do')))
    .summary('policies that wait for approval')
    .description(
      'With policy.approvals: what was requested and what became of it. Of one: the rules, settings and files that differ, who could do what by it, and which recent decisions it would turn.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld policy requests\n  sudoqld policy requests 3fb2 --gateway https://sudoql.example.com --token-file token',
    )
    .action(async (id: string | undefined, options: Options) => {
      const requests = options.gateway === undefined ? await onHost(id, options, io) : await through(id, options);
      if (options.json) for (const one of requests) say(io.out, JSON.stringify(one));
      else if (requests.length === 0) say(io.out, 'Nothing was requested.');
      else for (const one of requests) print(one, id !== undefined, io);
    });
}

export function registerAnswers(policy: Command, io: Io): void {
  for (const answer of ['approve', 'deny'] as const) {
    withGateway(policy.command(answer).argument('<request>', 'as "policy requests" names it'))
      .summary(
        answer === 'approve' ? "approve somebody else's policy" : 'deny a policy that waits, or take back your own',
      )
      .description(
        answer === 'approve'
          ? 'As the principal whose token it is, whom the policy in force must permit policy.approve: a person, and not the one who requested it. With enough approvals it is in force.'
          : 'As the principal whose token it is. What is in force stays so.',
      )
      .addHelpText(
        'after',
        `\nExample:\n  sudoqld policy ${answer} 3fb2c1a09d42 --gateway https://sudoql.example.com --token-file token`,
      )
      .action(async (id: string, options: Options) => {
        const { url, token } = await gatewayOf(options);
        const body = await askGateway(url, token, `/v1/policies/requests/${encodeURIComponent(id)}/${answer}`, {
          method: 'POST',
        });
        if (options.json) return say(io.out, JSON.stringify(body));
        const { state, revision, missing } = Value.Parse(Answered, body);
        if (state === 'active') say(io.out, `${revision} is in force.`);
        else if (state === 'waiting') say(io.out, `Approved; ${missing} more must approve.`);
        else say(io.out, 'Denied.');
      });
  }
}

const Answered = Type.Object({
  state: Type.String(),
  revision: Type.Union([Type.String(), Type.Null()]),
  missing: Type.Integer(),
});
const Listed = Type.Object({ requests: Type.Array(RequestBody) });

async function onHost(id: string | undefined, options: Options, io: Io): Promise<RequestBody[]> {
  const { ledger } = configOf(options, io);
  const pool = makeLedgerPool({ connection: connectionOf(ledger, ledger.auditor ?? ledger.gateway) });
  try {
    return (await policyRequests(pool, id ?? '')).map(bodyOf);
  } finally {
    await pool.close();
  }
}

async function through(id: string | undefined, options: Options): Promise<RequestBody[]> {
  const { url, token } = await gatewayOf(options);
  const query = id === undefined ? '' : `?id=${encodeURIComponent(id)}`;
  return Value.Parse(Listed, await askGateway(url, token, `/v1/policies/requests${query}`)).requests;
}

async function gatewayOf({ gateway, tokenFile }: Options): Promise<{ url: string; token: string }> {
  if (gateway === undefined || tokenFile === undefined)
    throw new CommandFailed('It takes --gateway URL and --token-file FILE: who approves is a principal.', EXIT.usage);
  return { url: gateway, token: (await readFile(tokenFile === '-' ? '/dev/stdin' : tokenFile, 'utf8')).trim() };
}

function print(one: RequestBody, whole: boolean, io: Io): void {
  const answers = [...one.approved.map((who) => `approved by ${who}`), ...one.denied.map((who) => `denied by ${who}`)];
  const when = one.at.slice(0, 19).replace('T', ' ');
  say(io.out, [one.id, one.revision.slice(0, 12), when, one.by, one.state, ...answers].join('  '));
  say(io.out, `  ${one.summary}`);
  if (whole) for (const line of one.difference) say(io.out, `  ${line}`);
  for (const right of one.rights) say(io.out, `  ${right}`);
  if (whole) for (const line of one.flips) say(io.out, `  ${line}`);
}
