// How long a text of one client may hold the event loop: every place where text comes in, at sizes doubling up to its limit.
//
//   node bench/stalls.ts [--only savepoint]
//
// A stall of more than 20 ms, or one that grows faster than the text, is a defect: then it exits 1. What is counted is the
// gateway's thread's own time between two turns of its loop, the least of three; the client sends from another thread.
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../services/contract/clock.ts';
import { type AppDeps, makeApp } from '../services/gateway/http/app.ts';
import { makeLog } from '../services/gateway/log.ts';
import { makeReadiness } from '../services/gateway/health/readiness.ts';
import { makePolicy } from '../services/policy/policy.ts';
import { makeStage, openPolicy } from '../test/wire/stage.ts';
import { PLACES, type Sent } from './stalls/places.ts';
import { SCHEMA } from './stalls/schema.ts';

const BOUND_MS = 20;
const SMALLEST = 1_024;
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

const shipped = makePolicy({ directory: fileURLToPath(new URL('../policies', import.meta.url)), watch: false });
await shipped.ready;
const open = openPolicy();
const stage = await makeStage({
  // What the shipped policy says is not waited for, only what it costs: everything shall go on to the target.
  policy: {
    ...open,
    statement: (input) => {
      shipped.statement(input);
      return open.statement(input);
    },
  },
  schema: SCHEMA,
});
const who = { ...(await stage.who('ana')), expiresAt: new Date(Date.now() + 3_600_000) };
const app = await makeApp({
  log: makeLog('error', new PassThrough().resume()),
  clock: systemClock,
  tokens: { bearer: async () => who },
  policy: openPolicy(),
  ledger: stage.ledger,
  records: { list: async () => [], show: async () => null },
  readiness: makeReadiness(),
  registry: { metrics: async () => '', contentType: 'text/plain' },
  metricsToken: null,
  stopLinks: { link: () => null, opens: () => false },
  targets: [{ name: 'shop', labels: {} }],
  trustProxy: ['127.0.0.1'],
  origins: [],
  revoke: async () => true,
  activate: null,
  people: null,
  publicUrl: null,
  connect: () => {},
} as unknown as AppDeps);
await app.listen({ port: 0, host: '127.0.0.1' });
const { user, password } = stage.through();
const client = new Worker(new URL('stalls/client.ts', import.meta.url), {
  workerData: { port: stage.port, http: (app.server.address() as AddressInfo).port, user, password },
});
const answered = (sent: Sent) =>
  new Promise<string>((resolve) => {
    client.once('message', resolve);
    client.postMessage(sent);
  });

/** The longest that the loop was held while these were answered, in ms of this thread's own time. */
async function longest(sent: Sent[]): Promise<{ ms: number; answer: string }> {
  const used = () => {
    const { user: own, system } = process.threadCpuUsage();
    return (own + system) / 1_000;
  };
  let most = 0;
  let going = true;
  let last = used();
  const turn = () => {
    const now = used();
    most = Math.max(most, now - last);
    last = now;
    if (going) setTimeout(turn, 1);
  };
  setTimeout(turn, 1);
  const answers = [];
  for (const each of sent) answers.push(await answered(each));
  going = false;
  return { ms: most, answer: answers.findLast((answer) => answer !== 'ok') ?? 'ok' };
}

let failed = 0;
for (const [name, { largest, make }] of Object.entries(PLACES)) {
  if (!values.only.split(',').some((part) => name.includes(part))) continue;
  await longest(make(SMALLEST));
  const found: { size: number; ms: number; answer: string }[] = [];
  for (let size = SMALLEST; size < 2 * largest; size *= 2) {
    const at = Math.min(size, largest);
    const times = [];
    for (let round = 0; round < 3; round++) times.push(await longest(make(at)));
    found.push({ size: at, ...times.reduce((a, b) => (b.ms < a.ms ? b : a)) });
  }
  const worst = Math.max(...found.map(({ ms }) => ms));
  // By how much the last doublings multiplied it, where it is enough to tell.
  const [before, end] = [found.at(-3), found.at(-1)];
  const growth = before && end && end.ms > 5 ? end.ms / before.ms / (end.size / before.size) : null;
  const bad = worst > BOUND_MS || (growth !== null && growth > 2);
  if (bad) failed++;
  console.log(
    `${bad ? 'BAD ' : '    '}${name.padEnd(48)} ${found.map(({ ms }) => ms.toFixed(1)).join(' ')} ms, then ${found.at(-1)?.answer}${growth === null ? '' : `, growth ${growth.toFixed(1)} × linear`}`,
  );
}
await client.terminate();
await app.close();
await shipped.close();
await stage.remove().catch((error: unknown) => console.log(String(error).slice(0, 300)));
process.exit(failed === 0 ? 0 : 1);
