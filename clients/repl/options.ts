import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { EXIT_TEXTS } from './exit-codes.ts';
import { DEFAULT_URL } from './settings.ts';

export interface Options {
  target?: string;
  /** In the order given. */
  command: string[];
  file: string[];
  csv?: boolean;
  json?: boolean;
  expanded?: boolean;
  timing?: boolean;
  pager: boolean;
  rc: boolean;
  /** `name=value` */
  set: string[];
  write?: string;
  for?: string;
  url?: string;
  token?: string;
  tokenFile?: string;
  config?: string;
  allowPlaintext?: boolean;
}

const HELP = `
Who you are:
  sudoql login [--device]     sign in with the company's provider; logout, whoami
  sudoql psql TARGET …        psql with your token; sudoql url TARGET prints the URL for other clients

Examples:
  sudoql shop                                   the prompt; a refused write asks whether and why
  sudoql shop -c 'SELECT count(*) FROM orders' --csv
  sudoql shop --write 'fix order 4211' -f fix.sql
  sudoql requests                               what waits for you to agree; sudoql approve|deny ID [--why TEXT]

Settings, each before the next: flags; SUDOQL_URL and SUDOQL_TOKEN; ~/.config/sudoql/config.yaml with the
keys url, token and target, which only its owner may read. PAGER and NO_COLOR are respected; a private
certificate authority goes into NODE_EXTRA_CA_CERTS.

-c, -f and standard input send one statement after the other, each in its own transaction unless you say
BEGIN. They never ask: a write in read mode ends with ${4}.

Exit codes:
${EXIT_TEXTS.map(([code, text]) => `  ${String(code).padStart(3)}  ${text}`).join('\n')}`;

/** Parses the command line. Throws CommanderError for wrong options, and (with code 0) after --help and --version. */
export function parseOptions(
  args: string[],
  write: { out: (text: string) => void; error: (text: string) => void },
): Options {
  const program = commandLine()
    .configureOutput({ writeOut: write.out, writeErr: write.error })
    .exitOverride()
    .parse(args, { from: 'user' });
  const [target] = program.args;
  return { ...program.opts<Omit<Options, 'target'>>(), ...(target === undefined ? {} : { target }) };
}

/** What `sudoql` takes. */
export function commandLine(): Command {
  const collect = (value: string, before: string[]): string[] => [...before, sql(value, program)];
  const collectPaths = (value: string, before: string[]): string[] => [...before, own(value)];
  const program: Command = new Command('sudoql');
  return program
    .description('Talk SQL to production through a sudoql gateway: read-only until you say why.')
    .argument('[target]', 'which database; without it, the only one that you may see, or the configured one')
    .option('-c, --command <sql>', 'run this and leave (may be repeated)', collect, [])
    .option('-f, --file <path>', 'run the statements of a file and leave (may be repeated)', collectPaths, [])
    .option('--csv', 'results as CSV with a header; NULL is empty, an empty text is ""')
    .option('--json', 'each result as an array of objects')
    .option('-x, --expanded', 'one line for each value')
    .option('--timing', 'how long each statement takes')
    .option('--no-pager', 'print long results as they are')
    .option('-X, --no-rc', 'do not run ~/.config/sudoql/rc before the prompt')
    .option('-v, --set <name=value>', 'a variable, as \\set makes it (may be repeated)', collectPaths, [])
    .option('--write <reason>', 'write mode from the start; your team is told the reason', own)
    .option('--for <time>', 'with --write: for how long, such as 10min', own)
    .option('--url <url>', `the gateway (default ${DEFAULT_URL})`, own)
    .option('--token <token>', 'your token; others on this machine can see it, so rather:', own)
    .option('--token-file <path>', 'a file that holds the token and that only you may read', own)
    .option('--config <path>', 'another configuration file', own)
    .option('--allow-plaintext', 'send the token over http to another machine')
    .version(version(), '-V, --version')
    .addHelpText('after', HELP);
}

/** An option's own value: what begins as an option does was meant as one, and its own was forgotten. */
function own(value: string): string {
  if (/^-./.test(value)) throw new InvalidArgumentError('It is an option; a value is missing before it.');
  return value;
}

/** SQL may begin with a comment. */
function sql(value: string, { options }: Command): string {
  const [flag = ''] = value.split('=');
  if (options.some(({ short, long }) => flag === short || flag === long)) return own(value);
  return value;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
