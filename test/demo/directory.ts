// Where the demo keeps its data, its secrets, and the note that it runs.
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export interface DemoDirectory {
  path: string;
  /** Random at the first start, the same ones afterwards. */
  secrets: DemoSecrets;
  saveTokens(tokens: DemoSecrets['tokens']): Promise<void>;
  saveIssuer(port: number): Promise<void>;
  release(): Promise<void>;
}

export interface DemoSecrets {
  superuser: string;
  owner: string;
  gateway: string;
  auditor: string;
  reader: string;
  writer: string;
  control: string;
  webhook: string;
  tokens: Record<string, string>;
  /** ISO time at which the tokens expire. */
  tokensUntil: string;
  /** The port of the company's sign-in: who signed in there is known by it the next time. */
  issuer?: number;
}

/** Throws in words when another demo runs in the same directory. */
export async function openDirectory(wanted: string): Promise<DemoDirectory> {
  const path = await reachable(resolve(wanted));
  await mkdir(path, { recursive: true });
  // As root the server runs as `postgres`, who must get through; what is secret in here has its own mode.
  await chmod(path, userInfo().uid === 0 ? 0o711 : 0o700);
  const pidFile = join(path, 'demo.pid');
  await claim(pidFile, path);
  const file = join(path, 'secrets.json');
  const secrets = await readSecrets(file);
  return {
    path,
    secrets,
    saveTokens: (tokens) => {
      secrets.tokens = tokens;
      secrets.tokensUntil = new Date(Date.now() + 29 * 86_400_000).toISOString();
      return save(file, secrets);
    },
    saveIssuer: (port) => {
      secrets.issuer = port;
      return save(file, secrets);
    },
    release: () => rm(pidFile, { force: true }),
  };
}

async function claim(pidFile: string, path: string): Promise<void> {
  const other = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (other && other !== process.pid && alive(other)) {
    throw new Error(`Another demo (process ${other}) runs in ${path}. End it, or give this one --data DIRECTORY.`);
  }
  await writeFile(pidFile, String(process.pid));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function readSecrets(file: string): Promise<DemoSecrets> {
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return JSON.parse(kept) as DemoSecrets;
  const secrets = makeSecrets();
  await save(file, secrets);
  return secrets;
}

export function makeSecrets(): DemoSecrets {
  const password = () => randomBytes(18).toString('base64url');
  return {
    superuser: password(),
    owner: password(),
    gateway: password(),
    auditor: password(),
    reader: password(),
    writer: password(),
    control: password(),
    webhook: `whsec_${randomBytes(24).toString('base64')}`,
    tokens: {},
    tokensUntil: new Date(0).toISOString(),
  };
}

function save(file: string, secrets: DemoSecrets): Promise<void> {
  return writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
}

/** As root, a directory that other users cannot get to (a checkout under /root) is exchanged for one under /tmp. */
async function reachable(path: string): Promise<string> {
  if (userInfo().uid !== 0) return path;
  for (let at = dirname(path); ; at = dirname(at)) {
    const found = await stat(at).catch(() => null);
    if (found && (found.mode & 0o001) === 0) {
      return join(tmpdir(), `sudoql-demo-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`);
    }
    if (at === dirname(at)) return path;
  }
}
