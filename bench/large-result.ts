// A result of a million rows: direct and through the gateway in turn, and the gateway's memory meanwhile.
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import pg from 'pg';
import { startDemo } from '../test/helpers/demo.ts';
import { compare, timed } from './measure.ts';

const SQL = "SELECT g, 'customer number ' || g, g * 1.5, now() FROM generate_series(1, 1000000) g";
const READY = 0x5a;

/** Reads a whole answer without looking into its rows, so that the client is not what is measured. Resolves to the bytes. */
function drain(stream: Socket, text: string): Promise<number> {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(body.length + 4, 1);
  return new Promise((resolve) => {
    let total = 0;
    let skip = 0;
    let held = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      total += chunk.length;
      let at = Math.min(skip, chunk.length);
      skip -= at;
      while (at < chunk.length) {
        const part = chunk.subarray(at, at + 5 - held.length);
        held = Buffer.concat([held, part]);
        at += part.length;
        if (held.length < 5) return;
        const type = held[0];
        const length = held.readInt32BE(1) - 4;
        const here = Math.min(length, chunk.length - at);
        at += here;
        skip = length - here;
        held = Buffer.alloc(0);
        if (type === READY) {
          stream.off('data', onData);
          resolve(total);
        }
      }
    };
    stream.on('data', onData);
    stream.write(Buffer.concat([head, body]));
  });
}

/** A connection whose socket is ours once it is authenticated. */
async function open(connectionString: string): Promise<Socket> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  stream.resume();
  return stream;
}

const demo = await startDemo();
try {
  const direct = await open(demo.target);
  const through = await open(demo.wire);
  const pid = (demo as unknown as { gateway: number }).gateway;
  const resident = async (): Promise<number> =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  const before = await resident();
  let peak = before;
  const watch = setInterval(() => {
    resident().then(
      (now) => {
        peak = Math.max(peak, now);
      },
      clearInterval.bind(null, watch),
    );
  }, 20);
  await compare(
    'a million rows',
    'ms',
    [
      { name: 'direct', round: () => timed(() => drain(direct, SQL)) },
      { name: 'through the gateway', round: () => timed(() => drain(through, SQL)) },
    ],
    7,
  );
  clearInterval(watch);
  console.log(`  gateway's resident memory: before ${before.toFixed(0)} MB, at most ${peak.toFixed(0)} MB`);
  direct.destroy();
  through.destroy();
} finally {
  await demo.stop();
}
