// For tests of this part: real SMTP and HTTP receivers whose behaviour can be changed, and a notifier on a real ledger.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import type pg from 'pg';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Cluster } from '../../test/helpers/postgres.ts';
import type { Heartbeat } from '../ledger/heartbeat/heartbeat.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { migratedLedger } from '../ledger/testing.ts';
import { makeLedger } from '../ledger/write/make-ledger.ts';
import type { ChannelSettings, EmailSettings, WebhookSettings } from './channels/channel.ts';
import type { Log } from '../contract/log.ts';
import type { Message } from './message.ts';
import type { NoticeEvent, Outbox } from './notice.ts';
import { makeNotifier, type Notifier, type NotifierDeps } from './notifier.ts';
import { makeOutbox } from './outbox.ts';

export interface Mailbox {
  port: number;
  mails: ParsedMail[];
  sources: string[];
  recipients: string[][];
  /** Closes the connections that clients keep. */
  drop(): void;
  close(): Promise<void>;
}

export async function startMailbox(port = 0, options: SMTPServerOptions = {}): Promise<Mailbox> {
  const mails: ParsedMail[] = [];
  const sources: string[] = [];
  const recipients: string[][] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const source = Buffer.concat(chunks);
        void simpleParser(source).then((mail) => {
          sources.push(source.toString('utf8'));
          recipients.push(session.envelope.rcptTo.map(({ address }) => address));
          mails.push(mail);
          done();
        });
      });
    },
    ...options,
  });
  server.on('error', () => {});
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    sources,
    recipients,
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** One of its two recipients has no room until it is made. */
export async function startPartlyFullMailbox(): Promise<Mailbox & { to: string[]; makeRoom(): void }> {
  let full = true;
  const mailbox = await startMailbox(0, {
    onRcptTo: ({ address }, _session, done) =>
      full && address === 'full@example.com'
        ? done(Object.assign(new Error('mailbox full'), { responseCode: 452 }))
        : done(),
  });
  return {
    ...mailbox,
    to: ['well@example.com', 'full@example.com'],
    makeRoom: () => {
      full = false;
    },
  };
}

export interface Received {
  headers: IncomingMessage['headers'];
  body: string;
  path: string;
}

export interface Receiver {
  port: number;
  received: Received[];
  /** How it answers from now on; it has the whole body by then. */
  answer: (request: Received, response: ServerResponse) => void;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const one = { headers: request.headers, body, path: request.url ?? '' };
      received.push(one);
      receiver.answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    port: (server.address() as AddressInfo).port,
    received,
    answer: (_request, response) => response.writeHead(204).end(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

export const emailTo = (port: number, more: Partial<EmailSettings> = {}): EmailSettings => ({
  type: 'email',
  name: 'mail',
  smtp: { host: '127.0.0.1', port, secure: false },
  user: null,
  password: null,
  from: 'sudoql <sudoql@example.com>',
  to: ['db-team@example.com'],
  allowPlaintext: true,
  ...more,
});

export const SECRET = `whsec_${Buffer.from('a secret for the tests of webhooks').toString('base64')}`;

export const webhookTo = (port: number, more: Partial<WebhookSettings> = {}): WebhookSettings => ({
  type: 'webhook',
  name: 'hook',
  url: `http://127.0.0.1:${port}/hook`,
  secret: SECRET,
  format: 'standard',
  allowPrivate: true,
  ...more,
});

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

const noHeartbeat: Pick<Heartbeat, 'onDeadReplica'> = { onDeadReplica: () => () => {} };

export interface Bench {
  gateway: pg.ClientConfig;
  ledger: Ledger;
  outbox: Outbox;
  notifier: Notifier;
  /** Records an entry and its notices in one transaction, as the elevation part does. */
  tell(event: NoticeEvent, channels?: string[]): Promise<string[]>;
  rows(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A ledger in a database of its own, an outbox and a running notifier. */
export async function startBench(
  cluster: Cluster,
  database: string,
  channels: Record<string, ChannelSettings>,
  more: Partial<NotifierDeps> = {},
): Promise<Bench> {
  const gateway = await migratedLedger(cluster, database);
  return openBench(cluster, database, gateway, channels, more);
}

let incarnation = 0;

/** As `startBench`, on a database that is there: another replica, or the next start. */
export async function openBench(
  cluster: Cluster,
  database: string,
  gateway: pg.ClientConfig,
  channels: Record<string, ChannelSettings>,
  more: Partial<NotifierDeps> = {},
): Promise<Bench> {
  incarnation += 1;
  const replica = `bench-${process.pid}-${incarnation}`;
  const ledger = makeLedger({ connection: gateway, replica, version: 'test', graceMs: 1_000 });
  await ledger.ready;
  const outbox = makeOutbox({ channels, onQueued: (ms) => notifier.queued(ms) });
  const notifier: Notifier = makeNotifier({
    outbox,
    security: [],
    database: gateway,
    ledger,
    heartbeat: noHeartbeat,
    channels,
    publicUrl: 'https://sudoql.example.com',
    links: (publicUrl) => ({ stopLink: (elevation) => `${publicUrl}/stop/${elevation}?proof=abc` }),
    replica,
    log: silentLog,
    ...more,
  });
  let closed: Promise<void> | undefined;
  return {
    gateway,
    ledger,
    outbox,
    notifier,
    tell: (event, names = Object.keys(channels)) =>
      ledger.transaction([{ kind: 'gateway_stopped', replica: 'test' }], async (client, [head]) => {
        if (!head) throw new Error('No place in the chain.');
        return outbox.enqueue(client, event, names, head);
      }),
    rows: async (text, values) => (await cluster.sql(text, database, values ?? [])).rows,
    close: () => (closed ??= notifier.close().then(() => ledger.close())),
  };
}

export const HEAD = 'a1'.repeat(32);

/** For people, as it is first tried. Throws where nothing is told. */
export function messageOf(events: readonly NoticeEvent[], createdAt: Date): Message {
  const [first, ...others] = events.map((event, i) => ({
    notice: `ntc_${i}`,
    createdAt,
    event,
    head: { chain: 'c', seq: i, hash: HEAD, at: createdAt.toISOString() },
  }));
  if (!first) throw new Error('A message tells something.');
  return {
    id: 'ntc_0',
    outwardId: 'ntc_0',
    known: [],
    channel: 'mail',
    told: [first, ...others],
    thread: [],
    attempts: 0,
    firstAttemptAt: null,
    remaining: null,
    state: 'pending',
  };
}

let elevations = 0;

export type Started = Extract<NoticeEvent, { event: 'elevation.started' }>;
export type Ended = Extract<NoticeEvent, { event: 'elevation.ended' }>;

export function started(more: Partial<Started> = {}): Started {
  elevations += 1;
  return {
    event: 'elevation.started',
    principal: 'ana',
    email: 'ana@example.com',
    target: 'shop',
    environment: 'production',
    session: `ses_${elevations}`,
    client_address: '10.1.2.3',
    application_name: 'psql',
    elevation: `elv_${elevations}`,
    reason: `fix order ${elevations}`,
    by: 'in-band',
    started_at: new Date().toISOString(),
    deadline: new Date(Date.now() + 15 * 60_000).toISOString(),
    ...more,
  };
}

export function ended(of: Started, more: Partial<Ended> = {}): Ended {
  const { event: _event, by: _by, deadline: _deadline, ...same } = of;
  return {
    event: 'elevation.ended',
    ...same,
    ended_at: new Date(Date.parse(of.started_at) + 130_000).toISOString(),
    why: 'unsudo',
    summary: {
      statements: 3,
      failed: 1,
      rows: { 'public.orders': 1, 'public.order_items': 12 },
      leftBehind: [],
      rolledBack: false,
      backend: 'gone',
    },
    ...more,
  };
}
