// The gateway as shipped: `sudoqld serve` with the project's policy, a ledger, a mailbox and a webhook receiver, its limits wide
// enough for the sessions of a measurement.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { DemoSecrets } from '../../test/demo/directory.ts';
import {
  choosePort,
  type GatewayFiles,
  type GatewayProcess,
  startGateway,
  writeConfig,
} from '../../test/demo/gateway-process.ts';
import { startDemoMailbox } from '../../test/demo/mailbox.ts';
import { makeTokens } from '../../test/demo/prepare.ts';
import { startWebhookReceiver } from '../../test/demo/webhook-receiver.ts';
import { selfSigned } from '../../test/helpers/self-signed.ts';

export interface BenchGateway {
  port: number;
  http: string;
  files: GatewayFiles;
  tokens: Record<string, string>;
  process: GatewayProcess;
  stop(): Promise<void>;
}

export interface BenchGatewayOptions {
  directory: string;
  secrets: DemoSecrets;
  /** Ports of the servers. */
  target: number;
  ledger: number;
  sessions: number;
  /** By how many processes it serves; default 1. */
  processes?: number;
  /** More of its environment, such as NODE_OPTIONS. */
  env?: Record<string, string>;
}

/** Ready when it resolves. */
export async function startBenchGateway(options: BenchGatewayOptions): Promise<BenchGateway> {
  const { directory, secrets, target, ledger, sessions } = options;
  const mailbox = await startDemoMailbox();
  const receiver = await startWebhookReceiver({ secret: secrets.webhook });
  const close = async () => {
    await mailbox.close();
    await receiver.close();
  };
  try {
    const [http, wire] = [await choosePort(null), await choosePort(null)];
    const places = { target, ledger, http, wire, smtp: mailbox.smtpPort, webhook: receiver.url };
    const files = await writeConfig({ directory, secrets, ...places });
    await widen(files.config, directory, sessions, options.processes ?? 1);
    const tokens = await makeTokens(files);
    const process = await startGateway({ ...files, env: { ...files.env, ...options.env } }, http, directory);
    return {
      port: wire,
      http: `http://127.0.0.1:${http}`,
      files,
      tokens,
      process,
      stop: async () => {
        await process.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The demo's configuration with room for `sessions`, with TLS, and with a ledger's default size. */
async function widen(config: string, directory: string, sessions: number, processes: number): Promise<void> {
  const file = parse(await readFile(config, 'utf8')) as Record<string, Record<string, unknown>>;
  const { cert, key } = selfSigned();
  const tls = { cert: join(directory, 'gateway-cert.pem'), key: join(directory, 'gateway-key.pem') };
  await writeFile(tls.cert, cert);
  await writeFile(tls.key, key, { mode: 0o600 });
  const { ledger, listen, ...rest } = file;
  const text = stringify({
    ...rest,
    processes,
    ledger: { ...ledger, max_size: '50GB' },
    listen: { ...listen, wire: { ...(listen?.wire as object), tls } },
    limits: {
      sessions,
      sessions_per_principal: sessions,
      statements_per_principal: sessions,
      half_open: sessions,
      rows: 1_000_000_000,
      bytes: '100GiB',
    },
  });
  await writeFile(config, text);
}
