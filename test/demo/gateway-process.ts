// The demo's gateway: the real command with a real configuration, as a process of its own.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { until } from '../helpers/until.ts';
import type { DemoSecrets } from './directory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface GatewaySetting {
  directory: string;
  secrets: DemoSecrets;
  /** Ports. */
  target: number;
  ledger: number;
  http: number;
  wire: number;
  smtp: number;
  webhook: string;
  /** Another policy than the project's. */
  policies?: string;
  /** The policy is the one that was activated in the ledger's database; compiled ones are kept in `directory`. */
  policyFromDatabase?: boolean;
  /** Databases that are targets beside the shop, by their names. */
  targets?: readonly string[];
  /** More of the configuration, over what is written otherwise. */
  more?: Record<string, object | number | string>;
  /** Who signs people in. */
  provider?: { issuer: string; client: { id: string; secret: string } };
  /** More of `sign_in`. */
  signIn?: object;
}

export interface GatewayFiles {
  config: string;
  env: Record<string, string>;
}

/** Writes sudoql.yaml; its secrets are in the environment that goes with it. */
export async function writeConfig(setting: GatewaySetting): Promise<GatewayFiles> {
  const { secrets } = setting;
  const from = (variable: string) => `\${${variable}}`;
  const login = (user: string, variable: string) => ({ user, password: from(variable) });
  const target = (name: string) => ({
    labels: { environment: 'production' },
    ...{ host: '127.0.0.1', port: setting.target, tls: { mode: 'disable' }, database: name },
    reader: login(`${name}_reader`, 'DEMO_READER_PASSWORD'),
    writer: login(`${name}_writer`, 'DEMO_WRITER_PASSWORD'),
    control: login(`${name}_control`, 'DEMO_CONTROL_PASSWORD'),
    admin: login('postgres', 'DEMO_ADMIN_PASSWORD'),
    notify: ['team-mail', 'team-chat'],
  });
  const config = join(setting.directory, 'sudoql.yaml');
  const text = stringify({
    public_url: `http://127.0.0.1:${setting.http}`,
    replica: 'demo',
    log: { level: 'info' },
    listen: {
      http: { host: '127.0.0.1', port: setting.http },
      wire: { host: '127.0.0.1', port: setting.wire },
    },
    ...(setting.provider && {
      sign_in: {
        issuer: setting.provider.issuer,
        client: setting.provider.client.id,
        secret: from('DEMO_CLIENT_SECRET'),
        scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
        refresh: { every: '30s', key: from('DEMO_REFRESH_KEY') },
        ...setting.signIn,
      },
    }),
    ledger: {
      url: `postgres://sudoql_gateway@127.0.0.1:${setting.ledger}/sudoql_ledger`,
      password: from('DEMO_LEDGER_PASSWORD'),
      owner: login('sudoql_owner', 'DEMO_OWNER_PASSWORD'),
      auditor: login('sudoql_auditor', 'DEMO_AUDITOR_PASSWORD'),
      max_size: '1GB',
    },
    policy: setting.policyFromDatabase
      ? { source: 'database', cache: join(setting.directory, 'policy-cache') }
      : {
          source: 'directory',
          directory: setting.policies ?? join(root, 'policies'),
          cache: join(root, '.demo', 'policy-cache'),
        },
    channels: {
      'team-mail': {
        type: 'email',
        smtp: `smtp://127.0.0.1:${setting.smtp}`,
        from: 'sudoql <sudoql@example.com>',
        to: ['db-team@example.com'],
      },
      'team-chat': { type: 'webhook', url: setting.webhook, secret: from('DEMO_WEBHOOK_SECRET'), allow_private: true },
    },
    // Nothing stands before it that would have to notice.
    limits: { shutdown_drain: '0s' },
    security: { notify: ['team-mail'] },
    approvers: { notify: 'team-mail' },
    targets: Object.fromEntries(['shop', ...(setting.targets ?? [])].map((name) => [name, target(name)])),
    ...setting.more,
  });
  await writeFile(config, `# Written by the demo at each start.\n${text}`);
  return {
    config,
    env: {
      DEMO_LEDGER_PASSWORD: secrets.gateway,
      DEMO_OWNER_PASSWORD: secrets.owner,
      DEMO_AUDITOR_PASSWORD: secrets.auditor,
      DEMO_WEBHOOK_SECRET: secrets.webhook,
      DEMO_CLIENT_SECRET: setting.provider?.client.secret ?? 'none',
      DEMO_REFRESH_KEY: Buffer.from(secrets.gateway.padEnd(32).slice(0, 32)).toString('base64'),
      DEMO_READER_PASSWORD: secrets.reader,
      DEMO_WRITER_PASSWORD: secrets.writer,
      DEMO_CONTROL_PASSWORD: secrets.control,
      DEMO_ADMIN_PASSWORD: secrets.superuser,
    },
  };
}

export interface GatewayProcess {
  process: ChildProcess;
  /** Where its log goes. */
  log: string;
  stop(): Promise<void>;
}

/** Starts `sudoqld serve` (of the tree `home`) and waits until it is ready, or with `livez` only up. Throws with the end of its log when it is not. */
export async function startGateway(
  files: GatewayFiles,
  http: number,
  directory: string,
  answers: 'readyz' | 'livez' = 'readyz',
  home = root,
): Promise<GatewayProcess> {
  const log = join(directory, 'gateway.log');
  const child = spawn(process.execPath, [join(home, 'bin/sudoqld.js'), 'serve', '--config', files.config], {
    env: { ...process.env, ...files.env },
    // Of its own process group, so that Ctrl-C reaches the demo alone, which then ends its parts in order.
    detached: true,
    // The channel is there to be closed: a demo that was killed takes its gateway with it.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.channel?.unref();
  let said = '';
  const file = createWriteStream(log, { flags: 'a', mode: 0o600 });
  child.stderr?.pipe(file);
  child.stderr?.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-4_000);
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  };
  try {
    await untilReady(child, `http://127.0.0.1:${http}/${answers}`);
  } catch (error) {
    await stop();
    throw new Error(`The gateway did not get ready: ${error instanceof Error ? error.message : error}\n${said}`);
  }
  return { process: child, log, stop };
}

/** It takes two seconds, or ten where its policy is compiled for the first time; a loaded machine takes many times that. */
const PATIENCE_MS = 300_000;

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  let last = 'it does not answer';
  const isReady = async () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => null);
    if (answer && !answer.ok) last = await answer.text();
    return answer?.ok;
  };
  await until('it is ready', isReady, PATIENCE_MS).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error} It says: ${last}`);
  });
}

/** A `sudoqld` command ended with another exit code than 0. */
export class CommandEnded extends Error {}

/** Runs a `sudoqld` command line to its end, in this process; resolves to what it printed. */
export async function sudoqld(files: GatewayFiles, ...args: string[]): Promise<string> {
  // All of the gateway's code: who runs no command need not load it.
  const { runCommand } = await import('../../services/gateway/cli/program.ts');
  const out = new PassThrough();
  const err = new PassThrough();
  const code = await runCommand([...args, '--config', files.config], {
    out,
    err,
    signal: new AbortController().signal,
    env: files.env,
  });
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  const printed = text(out);
  if (code !== 0) throw new CommandEnded(`sudoqld ${args.join(' ')} ended with ${code}:\n${printed}${text(err)}`);
  return printed;
}

/** As `sudoqld`, of the tree `home`, in a process of its own. */
export async function sudoqldOf(home: string, files: GatewayFiles, ...args: string[]): Promise<string> {
  const command = [join(home, 'bin/sudoqld.js'), ...args, '--config', files.config];
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...files.env } });
  return stdout;
}

/** The wanted port if it is free, else any. */
export async function choosePort(wanted: number | null): Promise<number> {
  const take = (port: number) =>
    new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const { port: got } = server.address() as { port: number };
        server.close(() => resolve(got));
      });
    });
  if (wanted === null) return take(0);
  return take(wanted).catch(() => take(0));
}
