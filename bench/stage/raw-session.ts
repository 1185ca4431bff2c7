// A session whose socket is ours once it is authenticated, so that what is measured is not how a client reads rows.
import type { Socket } from 'node:net';
import pg from 'pg';
import { DATABASE, type Mode, type Way } from './way.ts';

const READY = 'Z';
const COPY_IN = 'G';
const ERROR = 'E';

export interface RawSession {
  /** Sends messages, and reads on to the ReadyForQuery; resolves to the bytes that came. Throws what an ErrorResponse says. */
  ask(...messages: Buffer[]): Promise<number>;
  /** COPY FROM STDIN with these CopyData messages. */
  copyIn(text: string, data: readonly Buffer[]): Promise<void>;
  close(): void;
}

export async function openRawSession(way: Way, mode: Mode): Promise<RawSession> {
  const client = new pg.Client({ host: '127.0.0.1', port: way.port, database: DATABASE, ...way.login(mode) });
  client.on('error', () => {});
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  const until = (type: string) => readUntil(stream, type);
  return {
    ask: (...messages) => {
      const answered = until(READY);
      stream.write(Buffer.concat(messages));
      return answered;
    },
    copyIn: async (text, data) => {
      const asked = until(COPY_IN);
      stream.write(query(text));
      await asked;
      const answered = until(READY);
      for (const message of data)
        if (!stream.write(message)) await new Promise((resolve) => stream.once('drain', resolve));
      stream.write(message('c', ''));
      await answered;
    },
    close: () => stream.destroy(),
  };
}

export function query(text: string): Buffer {
  return message('Q', `${text}\0`);
}

export function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

/** Walks what comes by its headers, up to a message of `type`. */
function readUntil(stream: Socket, type: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let total = 0;
    let skip = 0;
    let held = Buffer.alloc(0);
    const end = (act: () => void) => {
      stream.off('data', onData).off('close', onClose);
      act();
    };
    const onClose = () => end(() => reject(new Error('The server closed the connection.')));
    const onData = (chunk: Buffer) => {
      total += chunk.length;
      let at = Math.min(skip, chunk.length);
      skip -= at;
      while (at < chunk.length) {
        const part = chunk.subarray(at, at + 5 - held.length);
        held = Buffer.concat([held, part]);
        at += part.length;
        if (held.length < 5) return;
        const found = held.toString('latin1', 0, 1);
        const length = held.readInt32BE(1) - 4;
        const body = chunk.subarray(at, at + length);
        at += body.length;
        skip = length - body.length;
        held = Buffer.alloc(0);
        if (found === ERROR) return end(() => reject(new Error(body.toString('utf8').replaceAll('\0', ' '))));
        if (found === type) return end(() => resolve(total));
      }
    };
    stream.on('data', onData).on('close', onClose);
    stream.resume();
  });
}
