// Where text and bytes of a client come in, and how they are made of a size.
import { bind, describe, execute, int32, message, SYNC } from '../../services/gateway/wire/frames.ts';
import { freshParse, freshQuery } from './fresh.ts';
import { MESSAGES } from './messages.ts';
import { SPREADING } from './spreading.ts';

export type Sent =
  | { kind: 'session'; mode: 'read' | 'write'; bytes: Uint8Array }
  | { kind: 'startup'; parameters: Record<string, string> }
  | { kind: 'http'; bytes: Uint8Array };

export interface Place {
  largest: number;
  /** What is sent before, once for each size; and what is measured. */
  make(size: number): Sent[];
}

const KIB = 1_024;
const read = (...texts: string[]): Sent[] =>
  texts.map((text) => ({ kind: 'session', mode: 'read', bytes: freshQuery(text) }));
const write = (...texts: string[]): Sent[] =>
  texts.map((text) => ({ kind: 'session', mode: 'write', bytes: freshQuery(text) }));
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

/** What is in the target: see schema.ts. */
export const PLACES: Record<string, Place> = {
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
          freshParse('', `SELECT 1 FROM t WHERE a IN (1${fill(',1', n)})`),
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
    make: (n) => [
      { kind: 'session', mode: 'read', bytes: Buffer.concat([freshParse(fill('x', n), 'SELECT 1', []), SYNC]) },
    ],
  },
  'types of parameters': {
    largest: 32 * KIB - 1,
    make: (n) => [
      { kind: 'session', mode: 'read', bytes: Buffer.concat([freshParse('', 'SELECT 1', Array(n).fill(23)), SYNC]) },
    ],
  },
  'an argument': {
    largest: 1_000 * KIB,
    make: (n) => [
      {
        kind: 'session',
        mode: 'read',
        bytes: Buffer.concat([
          freshParse('', 'SELECT $1::text'),
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
  ...Object.fromEntries(Object.entries(SPREADING).map(([name, make]) => [`statement, ${name}`, inRead(make)])),
  ...Object.fromEntries(
    Object.entries(MESSAGES).map(([name, { mode, make }]) => [
      name,
      {
        largest: mode === 'read' ? 63 * KIB : 1_000 * KIB,
        make: (n: number) => make(n).map((bytes): Sent => ({ kind: 'session', mode, bytes })),
      },
    ]),
  ),
};
