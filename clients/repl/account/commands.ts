// `sudoql login`, `logout`, `whoami`, `psql`, `url`: who you are to the gateway, for every client.
import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { listTargets, whoAmI } from '../gateway-api.ts';
import { visibleLine } from '../output/visible.ts';
import { Problem } from '../problem.ts';
import { type Environment, gatewayOf, readSettings, type SettingFlags } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { forgetLogin, keepLogin, keptLogins } from './kept-login.ts';
import { targetEnvironment, targetUrl, writeLibpq } from './libpq.ts';
import { byBrowser, byDevice, refusePlaintext } from './log-in.ts';
import { revoke } from './login-api.ts';

export interface AccountDeps {
  terminal: Pick<Terminal, 'output' | 'error'>;
  env: Environment;
}

type Flags = Pick<SettingFlags, 'url' | 'config'>;

/** Their names; a target that is called so is reached by `sudoql -- NAME`. */
export const ACCOUNT_COMMANDS: ReadonlySet<string> = new Set(['login', 'logout', 'whoami', 'psql', 'url']);

/** The program that has them. `done` gets the exit code of the one that ran. */
export function accountProgram(deps: AccountDeps, done: (code: ExitCode) => void = () => {}): Command {
  const { env } = deps;
  const say = (line: string) => void deps.terminal.output.write(`${line}\n`);
  const tell = (line: string) => void deps.terminal.error.write(`${line}\n`);
  const program = new Command('sudoql')
    .configureOutput({
      writeOut: (text) => void deps.terminal.output.write(text),
      writeErr: (text) => void deps.terminal.error.write(text),
    })
    .exitOverride()
    .enablePositionalOptions();
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--url <url>', 'the gateway')
      .option('--config <path>', 'another configuration file');

  command('login', 'sign in with the company’s provider, and keep a token for every client')
    .option('--device', 'where there is no browser: type a code into another machine’s')
    .action(async ({ device, ...flags }: Flags & { device?: boolean }) => {
      const url = gatewayOf(flags, env);
      refusePlaintext(url);
      const { user, token, expires_at } = device ? await byDevice(url, tell) : await byBrowser(url, env.BROWSER, tell);
      keepLogin(env, { url: url.href, user, token, expires_at });
      const { serviceFile, targets } = await writeLibpq({ url, token }, env);
      tell(`You are ${visibleLine(user)} until ${visibleLine(expires_at)}.`);
      const [first = 'TARGET'] = targets;
      tell(
        `Next: sudoql ${first}, sudoql psql ${first}, or PGSERVICEFILE=${serviceFile} PGSERVICE=${first} for any client of libpq's.`,
      );
      done(EXIT.ok);
    });

  command('logout', 'revoke the token that login got; what is connected with it ends').action(async (flags: Flags) => {
    const url = gatewayOf(flags, env);
    const login = keptLogins(env).find((each) => each.url === url.href);
    if (!login) throw new Problem(EXIT.usage, `There is no login at ${url.href}.`);
    const good = await revoke({ url, token: login.token });
    forgetLogin(env, url.href);
    tell(good ? 'The token is revoked, and forgotten here.' : 'The token was good no more; it is forgotten here.');
    done(EXIT.ok);
  });

  command('whoami', 'who the gateway takes you for, and until when').action(async (flags: Flags) => {
    const settings = readSettings(flags, env);
    const { user, groups, expiresAt } = await whoAmI(settings);
    say(`${visibleLine(user)} at ${settings.url.href}${expiresAt === null ? '' : `, until ${visibleLine(expiresAt)}`}`);
    say(`groups: ${groups.map(visibleLine).join(', ') || 'none'}`);
    const targets = await listTargets(settings);
    say(`targets: ${targets.map(({ name }) => visibleLine(name)).join(', ') || 'none'}`);
    done(EXIT.ok);
  });

  command('url', 'print a target’s postgres:// URL, with your token in it')
    .argument('<target>')
    .action(async (target: string, flags: Flags) => {
      say(await targetUrl(readSettings(flags, env), target));
      done(EXIT.ok);
    });

  command('psql', 'run psql on a target; what follows it is psql’s')
    .argument('<target>')
    .argument('[options...]')
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (target: string, options: string[], flags: Flags) => {
      done(await runPsql(options, { ...env, ...(await targetEnvironment(readSettings(flags, env), target)) }));
    });
  return program;
}

/** Runs one of them. Throws a Problem, or CommanderError for wrong options. */
export async function runAccount(args: string[], deps: AccountDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  await accountProgram(deps, (ended) => {
    code = ended;
  }).parseAsync(args, { from: 'user' });
  return code;
}

function runPsql(args: string[], env: Environment): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    const child = spawn('psql', args, { stdio: 'inherit', env: env as NodeJS.ProcessEnv });
    // Ctrl-C is psql's: it cancels the statement.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    child.once('error', () => reject(new Problem(EXIT.usage, 'psql is not installed, or not in PATH.')));
    child.once('exit', (code) => {
      process.off('SIGINT', ignore);
      resolve((code ?? EXIT.interrupted) as ExitCode);
    });
  });
}
