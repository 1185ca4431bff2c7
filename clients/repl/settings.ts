// Where the gateway is and who we are: flags before the environment before the configuration file.
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isLoopback } from '../../services/contract/loopback.ts';
import { keptLogins } from './account/kept-login.ts';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';

export interface Settings {
  /** The gateway's base URL, http or https. */
  url: URL;
  token: string;
  /** Null: not said. */
  target: string | null;
}

export interface SettingFlags {
  url?: string;
  token?: string;
  tokenFile?: string;
  config?: string;
  target?: string;
  allowPlaintext?: boolean;
}

/** What of the environment matters here. */
export interface Environment {
  SUDOQL_URL?: string | undefined;
  SUDOQL_TOKEN?: string | undefined;
  XDG_CONFIG_HOME?: string | undefined;
  XDG_STATE_HOME?: string | undefined;
  BROWSER?: string | undefined;
  PAGER?: string | undefined;
  NO_COLOR?: string | undefined;
  TERM?: string | undefined;
  VISUAL?: string | undefined;
  EDITOR?: string | undefined;
  SHELL?: string | undefined;
}

export const environment = (): Environment => process.env;

export const DEFAULT_URL = 'http://127.0.0.1:8432';

export function configurationPath(env: Environment): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'sudoql', 'config.yaml');
}

export function historyPath(env: Environment): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'sudoql', 'history');
}

/** Commands and statements that run before the first prompt. */
export function startPath(env: Environment): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'sudoql', 'rc');
}

/** Throws a Problem that says what is missing or wrong, and where to put it. */
export function readSettings(flags: SettingFlags, env: Environment): Settings {
  const path = flags.config ?? configurationPath(env);
  const file = readConfiguration(path, flags.config !== undefined);
  const fromFile = flags.tokenFile === undefined ? undefined : readPrivate(flags.tokenFile).trim();
  const url = gatewayOf(flags, env, file);
  const token = flags.token ?? fromFile ?? env.SUDOQL_TOKEN ?? file.token ?? loggedIn(env, url)?.token;
  if (!token) {
    throw new Problem(
      EXIT.usage,
      'There is no token.',
      `Run: sudoql login. Or set SUDOQL_TOKEN, or "token:" in ${path}, or use --token-file.`,
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !flags.allowPlaintext) {
    throw new Problem(
      EXIT.usage,
      `The token would cross the network unencrypted to ${url.host}.`,
      'Use an https URL; --allow-plaintext sends it all the same.',
    );
  }
  return { url, token, target: flags.target ?? file.target ?? null };
}

/** The gateway that is meant: else that of the last login, else the one of this host. Throws a Problem. */
export function gatewayOf(
  flags: Pick<SettingFlags, 'url' | 'config'>,
  env: Environment,
  file = readConfiguration(flags.config ?? configurationPath(env), flags.config !== undefined),
): URL {
  const [last] = (flags.url ?? env.SUDOQL_URL ?? file.url) ? [] : keptLogins(env);
  return gatewayUrl(flags.url ?? env.SUDOQL_URL ?? file.url ?? last?.url ?? DEFAULT_URL);
}

const loggedIn = (env: Environment, url: URL) => keptLogins(env).find((login) => login.url === url.href);

function gatewayUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Problem(
      EXIT.usage,
      `"${text}" is not the URL of a gateway.`,
      'It looks like https://sudoql.example.com.',
    );
  }
  if (url.username || url.password) {
    throw new Problem(
      EXIT.usage,
      'The URL holds a user or a password.',
      'The token goes into SUDOQL_TOKEN or the configuration file.',
    );
  }
  return url;
}

const KEYS = ['url', 'token', 'target'] as const;
type Configuration = Partial<Record<(typeof KEYS)[number], string>>;

function readConfiguration(path: string, mustExist: boolean): Configuration {
  if (!mustExist && !exists(path)) return {};
  let found: unknown;
  const text = readPrivate(path);
  try {
    found = parse(text) ?? {};
  } catch (error) {
    throw new Problem(EXIT.usage, `${path} is not YAML: ${(error as Error).message}`);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw new Problem(EXIT.usage, `${path} should hold lines such as "url: https://…".`);
  }
  const result: Configuration = {};
  for (const [key, value] of Object.entries(found)) {
    const known = KEYS.find((each) => each === key);
    if (!known) throw new Problem(EXIT.usage, `${path}: "${key}" is not a setting.`, `There are ${KEYS.join(', ')}.`);
    if (typeof value !== 'string') throw new Problem(EXIT.usage, `${path}: "${key}" should be a text.`);
    result[known] = value;
  }
  return result;
}

/** A file that holds a token: refused when others may read it. */
function readPrivate(path: string): string {
  try {
    const { mode } = statSync(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Problem(EXIT.usage, `${path} can be read by others, and it holds a token.`, `Run: chmod 600 ${path}`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(EXIT.usage, `${path} cannot be read: ${(error as Error).message}`);
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
