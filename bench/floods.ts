// One principal floods; what that costs the others. Honest readers, writers and `sudo` alone and beside each kind of flood, in
// turn, and how long a revocation takes in the midst of it. The flooding client runs on the same machine, and what it and the
// target take of the processors costs honest ones without any gateway too: so the same flood is poured straight at PostgreSQL as
// well, beside honest clients that are connected to it directly.
//
//   npm run bench -- floods            (node bench/floods.ts --seconds 10 --kind reads)
//
// Exits 1 when anything of the others was refused, a revocation took more than a second, or a p99 more than twice its own alone, and
// by more than without the gateway.
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type pg from 'pg';
import { startDemo } from '../test/helpers/demo.ts';
import { type FloodData, type FloodKind, KINDS } from './floods/kinds.ts';
import { quantile, timed } from './measure.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    kind: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
const ms = Number(values.seconds) * 1_000;
const kinds = KINDS.filter((kind) => values.kind === undefined || kind === values.kind);

type What = 'read' | 'write' | 'sudo' | 'revocation';
type Figures = Record<What, number[]>;

const demo = await startDemo();
const wire = new URL(demo.wire);
const at = { host: wire.hostname, port: Number(wire.port), database: 'shop' };
const as = (user: string) => ({ ...at, user, password: demo.tokens[user] ?? '' });
const authorization = `Bearer ${demo.tokens.sec}`;
const refused: string[] = [];

async function revoke(): Promise<number> {
  const client = await demo.connect(as('ana'));
  try {
    const id = (await client.query("SELECT sudo('to be revoked')")) && (await newest());
    return await timed(async () => {
      const answer = await fetch(`${demo.http}/v1/elevations/${id}/revoke`, {
        method: 'POST',
        headers: { authorization },
      });
      if (answer.status !== 200) refused.push(`revocation: ${answer.status} ${await answer.text()}`);
    });
  } finally {
    await client.end();
  }
}

/** Of ana's, past the gateway: what is measured is the revocation alone. */
async function newest(): Promise<string> {
  const [row] = await demo.onLedger(
    "SELECT elevation FROM entry WHERE kind = 'elevation_started' AND principal = 'ana' AND body LIKE '%to be revoked%' ORDER BY at DESC LIMIT 1",
  );
  return String(row?.elevation);
}

type Again = (what: What, pauseMs: number, act: () => Promise<number>) => Promise<void>;

/** Each of them again and again, for so many milliseconds. */
async function forAWhile(into: Figures, acts: (again: Again) => Promise<void>[]): Promise<void> {
  const until = performance.now() + ms;
  await Promise.all(
    acts(async (what, pauseMs, act) => {
      while (performance.now() < until) {
        try {
          into[what].push(await act());
        } catch (error) {
          refused.push(`${what}: ${String(error)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }),
  );
}

let n = 0;
const reads = (client: pg.Client) => timed(() => client.query('SELECT name FROM customers WHERE id = $1', [42]));
const writes = (client: pg.Client) =>
  timed(() => client.query(`UPDATE customers SET name = 'customer ${++n}' WHERE id = 43`));

/** What honest principals see. */
const honest = (reader: pg.Client, writer: pg.Client, into: Figures) =>
  forAWhile(into, (again) => [
    again('read', 5, () => reads(reader)),
    again('write', 20, () => writes(writer)),
    again('sudo', 200, async () => {
      const client = await demo.connect(as('ana'));
      const took = await timed(() => client.query("SELECT sudo('beside a flood')"));
      await client.end();
      return took;
    }),
    again('revocation', 300, revoke),
  ]);

/** What they see without the gateway. */
const directly = (reader: pg.Client, writer: pg.Client, into: Figures) =>
  forAWhile(into, (again) => [again('read', 5, () => reads(reader)), again('write', 20, () => writes(writer))]);

const target = new URL(demo.target);
const past = {
  host: target.hostname,
  port: Number(target.port),
  database: 'shop',
  user: decodeURIComponent(target.username),
  password: decodeURIComponent(target.password),
};

function begin(kind: FloodKind, straight: boolean): Worker {
  const workerData: FloodData = { kind, ...(straight ? past : as(kind === 'writes' ? 'ben' : 'robot')) };
  const worker = new Worker(new URL('./floods/flood.ts', import.meta.url), { workerData });
  worker.on('message', ({ problem }) => problem && console.log(`  the flood of ${kind}: ${problem}`));
  worker.on('error', (error) => console.log(`  the flood of ${kind}: ${String(error)}`));
  return worker;
}

/** What is seen alone, and then beside the flood. */
async function inTurn(kind: FloodKind, straight: boolean, rounds: number): Promise<[alone: Figures, beside: Figures]> {
  const [alone, beside] = [none(), none()];
  for (let round = 0; round < rounds; round++) {
    const reader = await demo.connect(straight ? past : as('sec'));
    const writer = await demo.connect(straight ? past : as('ana'));
    if (!straight) await writer.query("SELECT sudo('honest writes')");
    const look = straight ? directly : honest;
    await look(reader, writer, alone);
    const flood = begin(kind, straight);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await look(reader, writer, beside);
    await flood.terminate();
    await reader.end();
    await writer.end();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return [alone, beside];
}

const none = (): Figures => ({ read: [], write: [], sudo: [], revocation: [] });
let over = 0;
try {
  for (const kind of kinds) {
    const rounds = Number(values.rounds);
    const without = await inTurn(kind, true, rounds);
    const through = await inTurn(kind, false, rounds);
    console.log(`\nbeside a flood of ${kind}`);
    const ratios = new Map<What, number>();
    for (const [where, [alone, beside]] of [
      ['directly', without],
      ['through the gateway', through],
    ] as const) {
      for (const what of ['read', 'write', 'sudo', 'revocation'] as const) {
        const [a, b] = [alone[what], beside[what]];
        if (a.length === 0 && where === 'directly') continue;
        if (a.length === 0 || b.length === 0) {
          console.log(`  ${what.padEnd(12)} nothing came back`);
          over++;
          continue;
        }
        const p = (figures: number[], q: number) => quantile(figures, q);
        const ratio = p(b, 0.99) / p(a, 0.99);
        console.log(
          `  ${where.padEnd(20)} ${what.padEnd(12)} p50 ${p(a, 0.5).toFixed(1)} → ${p(b, 0.5).toFixed(1)} ms   p99 ${p(a, 0.99).toFixed(1)} → ${p(b, 0.99).toFixed(1)} ms (${ratio.toFixed(1)} ×)   max ${p(b, 1).toFixed(1)} ms   n ${a.length}, ${b.length}`,
        );
        if (where === 'directly') ratios.set(what, ratio);
        else if (what === 'revocation' ? p(b, 0.99) > 1_000 : ratio > Math.max(2, ratios.get(what) ?? 0)) over++;
      }
    }
  }
} finally {
  await demo.stop();
}
if (refused.length > 0) console.log(`\nrefused to others: ${refused.length}\n  ${refused.slice(0, 5).join('\n  ')}`);
process.exit(over + refused.length === 0 ? 0 : 1);
