// What `sudoql login` keeps: a file that only its owner may read, beside the configuration.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Type, Value } from '../../../services/contract/typebox/typebox.js';
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';
import { configurationPath, type Environment } from '../settings.ts';

const Login = Type.Object({
  /** The gateway's base URL. */
  url: Type.String(),
  user: Type.String(),
  token: Type.String(),
  /** ISO 8601. */
  expires_at: Type.String(),
});
export type Login = Type.Static<typeof Login>;
const Kept = Type.Object({ logins: Type.Array(Login) });

/** Beside config.yaml. */
export const besideConfiguration = (env: Environment, name: string): string =>
  join(dirname(configurationPath(env)), name);

const path = (env: Environment) => besideConfiguration(env, 'login.json');

/** The newest first, also those that have expired. Throws a Problem when others may read the file, or it is not ours. */
export function keptLogins(env: Environment): Login[] {
  const file = path(env);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return [];
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new Problem(EXIT.usage, `${file} can be read by others, and it holds a token.`, `Run: chmod 600 ${file}`);
  try {
    return Value.Parse(Kept, JSON.parse(readFileSync(file, 'utf8'))).logins;
  } catch {
    throw new Problem(EXIT.usage, `${file} cannot be read.`, 'Remove it, and run: sudoql login');
  }
}

/** In the place of another of the same gateway. */
export function keepLogin(env: Environment, login: Login): void {
  writeLogins(env, [login, ...keptLogins(env).filter(({ url }) => url !== login.url)]);
}

export function forgetLogin(env: Environment, url: string): void {
  const left = keptLogins(env).filter((each) => each.url !== url);
  if (left.length > 0) writeLogins(env, left);
  else rmSync(path(env), { force: true });
}

const writeLogins = (env: Environment, logins: Login[]): void =>
  writePrivate(path(env), `${JSON.stringify({ logins }, null, 2)}\n`);

/** Whole or not at all, and for its owner alone (0600) from its first byte. */
export function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.${process.pid}.part`;
  rmSync(part, { force: true });
  writeFileSync(part, text, { mode: 0o600, flag: 'wx' });
  chmodSync(part, 0o600);
  renameSync(part, file);
}
