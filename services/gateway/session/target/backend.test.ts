import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { Backend } from './backend.ts';
import { QUESTIONS } from './questions.ts';

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const READY = message('Z', Buffer.from('I'));

/** An injected failure that no real server has: it answers every query with `answer`. */
async function brokenTarget(answer: Buffer) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), message('K', Buffer.alloc(8)), READY]));
      socket.on('data', () => socket.write(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a row that cannot be read fails the query that asked for it, not the process', async () => {
  // One column is announced, and its length points far beyond the message.
  const row = Buffer.from([0, 1, 0, 0, 0x7f, 0xff, 1]);
  const target = await brokenTarget(Buffer.concat([message('D', row), READY]));
  const backend = await Backend.open('reader', { host: '127.0.0.1', port: target.port, user: 'u', database: 'd' });
  try {
    await assert.rejects(backend.ask(QUESTIONS.searchPath));
  } finally {
    backend.close();
    await target.close();
  }
});
