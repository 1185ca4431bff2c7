// How long a text of one client may hold the event loop: every place where text comes in, at sizes doubling up to its limit.
//
//   node bench/stalls.ts [--only savepoint]
//
// A stall of more than 20 ms, or one that grows faster than the text, is a defect: then it exits 1. What is counted is the
// gateway's thread's own time between two turns of its loop, the least of three; the client sends from another thread.
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../services/contract/clock.ts';
import { type AppDeps, makeApp } from '../services/gateway/http/app.ts';
import { makeLog } from '../services/gateway/log.ts';
import { makeReadiness } from '../services/gateway/health/readiness.ts';
import { bind, describe, execute, int32, message, parse, query, SYNC } from '../services/gateway/wire/frames.ts';
import { makeStage, openPolicy } from '../test/wire/stage.ts';

export type Sent =
  | { kind: 'session'; mode: 'read' | 'write'; bytes: Uint8Array }
  | { kind: 'startup'; parameters: Record<string, string> }
  | { kind: 'http'; bytes: Uint8Array };

const BOUND_MS = 20;
const SMALLEST = 1_024;
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

interface Place {
  largest: number;
  /** What is sent before, once for each size; and what is measured. */
  make(size: number): Sent[];
}

const KIB = 1_024;
const read = (...texts: string[]): Sent[] =>
  texts.map((text) => ({ kind: 'session', mode: 'read', bytes: query(text) }));
const write = (...texts: string[]): Sent[] =>
  texts.map((text) => ({ kind: 'session', mode: 'write', bytes: query(text) }));
const fill = (one: string, size: number) => one.repeat(Math.max(1, Math.floor(size / one.length)));
const inRead = (make: (n: number) => string[]): Place => ({ largest: 63 * KIB, make: (n) => read(...make(n)) });
const inWrite = (make: (n: number) => string[]): Place => ({ largest: 1_000 * KIB, make: (n) => write(...make(n)) });
const http = (largest: number, make: (n: number) => string): Place => ({
  largest,
  make: (n) => [{ kind: 'http', bytes: Buffer.from(make(n)) }],
});
const startup = (make: (n: number) => Record<string, string>): Place => ({
  largest: 9_500,
  make: (n) => [{ kind: 'startup', parameters: make(n) }],
});
const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sudoql_x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const get = (path: string, headers = 'Authorization: Bearer sudoql_x\r\n') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

const PLACES: Record<string, Place> = {
  'statement, a long literal': inRead((n) => [`SELECT '${fill('x', n)}'`]),
  'statement, blanks': inRead((n) => [`SELECT${fill(' ', n)}1`]),
  'statement, a line comment': inRead((n) => [`SELECT 1 --${fill('- ', n)}`]),
  'statement, a continued literal': inRead((n) => [`SELECT 'a'${fill(" --'\n", n)}'b'`]),
  'statement, quotes': inRead((n) => [`SELECT '${fill("''", n)}'`]),
  'statement, backslashes': inRead((n) => [`SELECT E'${fill('\\\\', n)}'`]),
  'statement, dollars': inRead((n) => [`SELECT 1 AS a ${fill('$a', n)}`]),
  'statement, plus signs': inRead((n) => [`SELECT 1${fill('+', n)}1`]),
  'statement, an open string': inRead((n) => [`SELECT '${fill('x', n)}`]),
  'statement, a list': inRead((n) => [`SELECT 1 FROM t WHERE a IN (1${fill(',1', n)})`]),
  'statement, columns': inRead((n) => [`SELECT a${fill(',a', n)} FROM t`]),
  'statement, calls': inRead((n) => [`SELECT abs(1)${fill(',abs(1)', n)} FROM t`]),
  'statement, unknown names': inRead((n) => [`SELECT zz${fill(',zz', n)} FROM t`]),
  'statement, many statements': inRead((n) => [fill('SELECT 1;', Math.min(n, 4_500))]),
  'statement, unions': inRead((n) => [`SELECT 1${fill(' UNION SELECT 1', n)}`]),
  'statement, a name': inRead((n) => [`SELECT 1 AS "${fill('é', n)}"`]),
  'statement, parts of a name': inRead((n) => [`SELECT a${fill('.a', n)} FROM t`]),
  'search_path, blanks in a name, and a statement': inRead((n) => [
    `SET search_path = 'a${fill(' ', n)}b'`,
    `SELECT a, ${n} FROM t`,
  ]),
  'search_path, many names, and a statement': inRead((n) => [
    `SET search_path = s${fill(',s', n)}`,
    `SELECT a, ${n} FROM t`,
  ]),
  'a setting': inRead((n) => [`SET statement_timeout = '${fill(' ', n)}'`]),
  application_name: inRead((n) => [`SET application_name = 'sudoql:${fill('é ', n)}'`]),
  'a reason': inRead((n) => [`SELECT sudo('${fill('\u3164 ', n)}')`]),
  'a reason, hidden letters': inRead((n) => [`SELECT sudo('${fill('a\u200b', n)}')`]),
  'a time': inRead((n) => [`SELECT sudo('why', '${fill('1m ', n)}')`]),
  SHOW: inRead((n) => [`SHOW "${fill('a', n)}"`]),
  'PREPARE and EXECUTE': inRead((n) => [
    'DEALLOCATE ALL',
    `PREPARE p AS SELECT a${fill(',a', n)} FROM t`,
    `EXECUTE p -- ${n}`,
  ]),
  COPY: inRead((n) => [`COPY (SELECT 1${fill(',1', Math.min(n, 3_000))}) TO STDOUT WITH (NULL '${fill('x', n)}')`]),
  'Parse, Bind, Describe, Execute': {
    largest: 63 * KIB,
    make: (n) => [
      {
        kind: 'session',
        mode: 'read',
        bytes: Buffer.concat([
          parse('', `SELECT 1 FROM t WHERE a IN (1${fill(',1', n)})`),
          bind('', ''),
          describe('P', ''),
          execute(''),
          SYNC,
        ]),
      },
    ],
  },
  'the name of a statement': {
    largest: 1_000 * KIB,
    make: (n) => [{ kind: 'session', mode: 'read', bytes: Buffer.concat([parse(fill('x', n), 'SELECT 1', []), SYNC]) }],
  },
  'types of parameters': {
    largest: 32 * KIB - 1,
    make: (n) => [
      { kind: 'session', mode: 'read', bytes: Buffer.concat([parse('', 'SELECT 1', Array(n).fill(23)), SYNC]) },
    ],
  },
  'an argument': {
    largest: 1_000 * KIB,
    make: (n) => [
      {
        kind: 'session',
        mode: 'read',
        bytes: Buffer.concat([
          parse('', 'SELECT $1::text'),
          message('B', '', '', Buffer.from([0, 0, 0, 1]), int32(n), Buffer.alloc(n, 65), Buffer.from([0, 0])),
          execute(''),
          SYNC,
        ]),
      },
    ],
  },
  'write mode, a long literal': inWrite((n) => [`INSERT INTO t (b) VALUES ('${fill('x', n)}')`]),
  'write mode, rows': inWrite((n) => [`INSERT INTO t VALUES (1, 'x')${fill(",(1, 'x')", n)}`]),
  'write mode, two long statements': inWrite((n) => [
    `INSERT INTO t (b) VALUES ('${fill('a', n / 2)}'); INSERT INTO t (b) VALUES ('b${fill('a', n / 2 - 100)}')`,
  ]),
  'write mode, a list': inWrite((n) => [`DELETE FROM t WHERE a IN (1${fill(',1', n)})`]),
  'write mode, columns': inWrite((n) => [`UPDATE t SET a = 1${fill('+a', n)} WHERE a = 1`]),
  'SAVEPOINT, blanks': inWrite((n) => ['BEGIN', `SAVEPOINT${fill(' ', n)}a`, 'ROLLBACK']),
  'SAVEPOINT, a name': inWrite((n) => ['BEGIN', `SAVEPOINT "${fill('""', n)}"`, 'ROLLBACK']),
  'SAVEPOINT, a comment': inWrite((n) => ['BEGIN', `SAVEPOINT a /*${fill('a ', n)}*/ ;`, 'ROLLBACK']),
  'startup, options': startup((n) => ({ options: fill('\\ ', n) })),
  'startup, options of many settings': startup((n) => ({ options: fill('-c a=1 ', n) })),
  'startup, search_path': startup((n) => ({ search_path: `a${fill(' ', n)}b` })),
  'startup, application_name': startup((n) => ({ application_name: fill('é ', n) })),
  'startup, a reason': startup((n) => ({ 'sudoql.reason': fill('\u3164', n) })),
  'startup, client_encoding': startup((n) => ({ client_encoding: `"${fill('utf', n)}` })),
  'HTTP, a header': http(14 * KIB, (n) => get('/v1/me', `Authorization: Bearer ${fill('x', n)}\r\n`)),
  'HTTP, blanks in a header': http(14 * KIB, (n) => get('/v1/me', `Authorization: Bearer ${fill(' ', n)}\u00e9\r\n`)),
  'HTTP, forwarded addresses': http(14 * KIB, (n) => get('/v1/me', `X-Forwarded-For: ${fill('1.1.1.1, ', n)}\r\n`)),
  'HTTP, a path': http(14 * KIB, (n) => get(`/v1/elevations/${fill('a%20', n)}`)),
  'HTTP, a query': http(14 * KIB, (n) => get(`/v1/elevations?${fill('a=1&', n)}`)),
  'HTTP, a body': http(1_000 * KIB, (n) =>
    post('/v1/policies', JSON.stringify({ files: { 'a.rego': fill('# ', n) } })),
  ),
  'HTTP, a deep body': http(1_000 * KIB, (n) => post('/v1/policies', fill('[', n))),
  'HTTP, many files': http(1_000 * KIB, (n) =>
    post('/v1/policies', `{"files":{${Array.from({ length: n / 16 }, (_, i) => `"a/${i}.rego":""`).join()}}}`),
  ),
};

const stage = await makeStage({
  policy: openPolicy(),
  schema: 'CREATE TABLE t (a int, b text); CREATE VIEW v AS SELECT * FROM t',
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
  connect: () => {},
} as unknown as AppDeps);
await app.listen({ port: 0, host: '127.0.0.1' });
const { user, password } = stage.through();
const client = new Worker(new URL('hostile-client.ts', import.meta.url), {
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
  if (!name.includes(values.only)) continue;
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
await stage.remove().catch((error: unknown) => console.log(String(error).slice(0, 300)));
process.exit(failed === 0 ? 0 : 1);
