// A receiver of webhooks that verifies their signatures with the convention's own library, and lists what it got.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A caught webhook, as `GET /` lists it. */
export interface CaughtWebhook {
  /** 1 for the first. */
  number: number;
  receivedAt: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** As it came. */
  body: string;
  /** Whether the signature is right and its time is close. */
  verified: boolean;
  /** Why not; null when it is. */
  problem: string | null;
  /** The parsed body; null when it is not JSON. */
  payload: unknown;
}

export interface DemoWebhookReceiver {
  /** Where webhooks are sent (POST), and `GET` lists them as JSON, newest last. */
  url: string;
  webhooks: readonly CaughtWebhook[];
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** `whsec_…` */
  secret: string;
  host?: string;
  /** 0 for any free port. */
  port?: number;
  onWebhook?: (webhook: CaughtWebhook) => void;
}

/** Older ones are forgotten past this. */
const KEPT = 5_000;
const MAX_BODY = 1_000_000;

/** Answers 204 to what verifies, 401 to what does not; both are listed. */
export async function startWebhookReceiver(options: ReceiverOptions): Promise<DemoWebhookReceiver> {
  const host = options.host ?? '127.0.0.1';
  const verifier = new Webhook(options.secret);
  const webhooks: CaughtWebhook[] = [];
  let number = 0;
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(webhooks));
      return;
    }
    if (request.method !== 'POST') return void response.writeHead(405).end();
    readBody(request).then(
      (body) => {
        number += 1;
        const caught = judge(number, request, body);
        webhooks.push(caught);
        if (webhooks.length > KEPT) webhooks.shift();
        options.onWebhook?.(caught);
        response.writeHead(caught.verified ? 204 : 401).end();
      },
      () => response.writeHead(413).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}/`,
    webhooks,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function judge(count: number, request: IncomingMessage, body: string): CaughtWebhook {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
    let problem: string | null = null;
    try {
      verifier.verify(body, headers);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    const receivedAt = new Date().toISOString();
    return { number: count, receivedAt, headers, body, verified: problem === null, problem, payload: parsed(body) };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
