// The thread that sends the texts of ../stalls.ts, so that what they cost the client is not counted as the gateway's.
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { readFields } from '../../services/gateway/wire/frames.ts';
import { RawClient, type RawMessage } from '../../test/helpers/raw-client.ts';
import type { Sent } from './places.ts';

const { port, http, user, password } = workerData as { port: number; http: number; user: string; password: string };
let session: RawClient | null = null;
let mode = '';

async function open(more: Record<string, string> = {}): Promise<RawClient> {
  session?.destroy();
  session = await RawClient.connect(port);
  await session.logIn(user, 'shop', password, more);
  return session;
}

/** Resolves when the gateway has answered, with a word for what it was: an SQLSTATE, a status, `ok`. */
async function send(sent: Sent): Promise<string> {
  if (sent.kind === 'http') return request(sent.bytes);
  if (sent.kind === 'startup') {
    mode = '';
    const client = await open(sent.parameters);
    return client.until('Z').then(word, () => 'refused');
  }
  if (!session || mode !== sent.mode) {
    await (await open(sent.mode === 'write' ? { 'sudoql.reason': 'measuring' } : {})).until('Z');
    mode = sent.mode;
  }
  const client = session as RawClient;
  client.send(sent.bytes);
  return client.until('Z').then(word, () => {
    mode = '';
    return 'closed';
  });
}

function word(answers: RawMessage[]): string {
  const error = answers.find(({ type }) => type === 'E');
  return error ? (new Map(readFields(error.body)).get('C') ?? 'error') : 'ok';
}

function request(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(http, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (answer: Buffer) => {
      resolve(answer.toString('latin1', 9, 12));
      socket.destroy();
    });
    socket.on('close', () => resolve('closed'));
    socket.on('error', () => resolve('closed'));
  });
}

parentPort?.on('message', (sent: Sent) => void send(sent).then((answer) => parentPort?.postMessage(answer)));
