// A thread that floods the gateway as one principal, until it is ended. What it costs is not on the measuring thread.
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';
import { message, query } from '../../services/gateway/wire/frames.ts';
import { RawClient, saslInitial, startupMessage } from '../../test/helpers/raw-client.ts';
import type { FloodData, FloodKind } from './kinds.ts';
import { bindText, execute, parse, Raw, SYNC } from '../../test/wire/raw-client.ts';

const SESSIONS = 12;
const data = workerData as FloodData;

/** Writes `batch` again and again, as fast as it is taken. */
async function pour(raw: Raw, batch: () => Buffer): Promise<void> {
  const { stream } = raw.client;
  stream.removeAllListeners('data').resume();
  for (;;) {
    if (!stream.write(batch())) await new Promise((resolve) => stream.once('drain', resolve));
    if (stream.destroyed) throw new Error('the gateway closed the connection');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function wrongToken(): Promise<void> {
  for (;;) {
    const client = await RawClient.connect(data.port, data.host).catch(() => null);
    if (!client) continue;
    client.send(startupMessage({ user: data.user, database: data.database }));
    const asked = await client.next().catch(() => null);
    if (asked?.type === 'R') {
      client.send(saslInitial('SCRAM-SHA-256', 'n,,n=*,r=rOprNGfwEbeRWgbNEkqO'));
      const first = await client.next().catch(() => null);
      const nonce = /r=([^,]+)/.exec(first?.body.toString('latin1') ?? '')?.[1] ?? '';
      const proof = Buffer.alloc(32, 7).toString('base64');
      client.send(message('p', Buffer.from(`c=biws,r=${nonce},p=${proof}`)));
      await client.closed();
    }
    client.destroy();
  }
}

async function connects(): Promise<void> {
  for (;;) {
    const client = new pg.Client(data);
    client.on('error', () => {});
    await client.connect().catch(() => undefined);
    await client.end().catch(() => undefined);
  }
}

let n = 0;
const many = (count: number, make: () => Buffer) => Buffer.concat(Array.from({ length: count }, make));
const FLOODS: Record<FloodKind, () => Promise<void>> = {
  reads: async () => pour(await Raw.open(data), () => many(200, () => query(`SELECT ${++n}`))),
  async writes() {
    const raw = await Raw.open(data);
    await raw.ask(query("SELECT sudo('a flood of writes')"));
    await pour(raw, () => many(50, () => query('UPDATE customers SET name = name WHERE id = 7')));
  },
  async pipelines() {
    const raw = await Raw.open(data);
    await raw.ask(Buffer.concat([parse('p', 'SELECT name FROM customers WHERE id = $1'), SYNC]));
    let sent = 0;
    const one = Buffer.concat([bindText('', 'p', ['7']), execute('')]);
    await pour(raw, () => Buffer.concat([many(500, () => one), ...(++sent % 20 === 0 ? [SYNC] : [])]));
  },
  connects,
  'wrong tokens': wrongToken,
  'long texts': async () => {
    const raw = await Raw.open(data);
    await pour(raw, () => query(`SELECT ${++n}, ${Array.from({ length: 9_000 }, (_, i) => i).join()}`));
  },
};

const sessions = data.kind === 'connects' || data.kind === 'wrong tokens' ? SESSIONS * 2 : SESSIONS;
for (let left = sessions; left > 0; left--) {
  FLOODS[data.kind]().catch((error: unknown) => parentPort?.postMessage({ problem: String(error) }));
}
parentPort?.postMessage({ started: true });
