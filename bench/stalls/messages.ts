// Many messages of the extended protocol, and what belongs to one another in them, by how many bytes they shall be.
import {
  bind,
  close,
  COPY_DONE,
  copyData,
  describe,
  execute,
  FLUSH,
  int16,
  int32,
  message,
  SYNC,
} from '../../services/gateway/wire/frames.ts';
import { freshParse, freshQuery } from './fresh.ts';

const many = (bytes: number, make: (i: number) => Buffer): Buffer => {
  const each = make(0).length;
  return Buffer.concat(Array.from({ length: Math.max(1, Math.floor(bytes / each)) }, (_, i) => make(i)));
};
const arguments_ = (count: number) =>
  message('B', '', '', int16(0), int16(count), Buffer.alloc(count * 4, 255), int16(0));
const MOST_PARAMETERS = 65_535;

/** What is sent in one go, in each mode in which it may be. */
export const MESSAGES: Record<string, { mode: 'read' | 'write'; make(n: number): Buffer[] }> = {
  'many messages, Close': { mode: 'read', make: (n) => [Buffer.concat([many(n, () => close('S', 'x')), SYNC])] },
  'many messages, Flush': { mode: 'read', make: (n) => [Buffer.concat([many(n, () => FLUSH), SYNC])] },
  'many messages, Parse': {
    mode: 'read',
    make: (n) => [Buffer.concat([many(n, () => freshParse('', 'SELECT 1')), SYNC])],
  },
  'many messages, Parse of other texts': {
    mode: 'read',
    make: (n) => [Buffer.concat([many(n, (i) => freshParse('', `SELECT ${n} + ${i}, a FROM t`)), SYNC])],
  },
  'many messages, Bind': {
    mode: 'read',
    make: (n) => [Buffer.concat([freshParse('', 'SELECT 1'), many(n, () => bind('', '')), SYNC])],
  },
  'many messages, Describe': {
    mode: 'read',
    make: (n) => [Buffer.concat([freshParse('', 'SELECT 1'), many(n, () => describe('S', '')), SYNC])],
  },
  'many messages, Bind and Execute': {
    mode: 'read',
    make: (n) => [
      Buffer.concat([freshParse('', 'SELECT 1'), many(n, () => Buffer.concat([bind('', ''), execute('')])), SYNC]),
    ],
  },
  'many messages, behind an error': {
    mode: 'read',
    make: (n) => [Buffer.concat([freshParse('', 'SELEC'), many(n, () => bind('', '')), SYNC])],
  },
  'many messages, INSERTs in a transaction': {
    mode: 'write',
    make: (n) => [
      freshQuery('BEGIN'),
      Buffer.concat([
        freshParse('', 'INSERT INTO t VALUES (1)'),
        many(n, () => Buffer.concat([bind('', ''), execute('')])),
        SYNC,
      ]),
      freshQuery('ROLLBACK'),
    ],
  },
  'arguments, as many as there can be': {
    mode: 'write',
    make: (n) => {
      const count = Math.min(MOST_PARAMETERS, Math.floor(n / 15));
      const text = `INSERT INTO t (a) VALUES ${Array.from({ length: count }, (_, i) => `($${i + 1})`).join()}`;
      return [Buffer.concat([freshParse('', text), arguments_(count), describe('P', ''), execute(''), SYNC])];
    },
  },
  'arguments, one list': {
    mode: 'read',
    make: (n) => {
      const count = Math.min(MOST_PARAMETERS, Math.floor(n / 7));
      const text = `SELECT 1 FROM t WHERE a IN (${Array.from({ length: count }, (_, i) => `$${i + 1}`).join()})`;
      return [Buffer.concat([freshParse('', text), arguments_(count), execute(''), SYNC])];
    },
  },
  'arguments, that the statement has not': {
    mode: 'read',
    make: (n) => [
      Buffer.concat([freshParse('', 'SELECT 1'), arguments_(Math.min(MOST_PARAMETERS, Math.floor(n / 4))), SYNC]),
    ],
  },
  'formats of columns': {
    mode: 'read',
    make: (n) => {
      const count = Math.min(32_000, Math.floor(n / 2));
      return [
        Buffer.concat([
          freshParse('', 'SELECT 1'),
          message('B', '', '', int16(0), int16(0), int16(count), Buffer.alloc(count * 2)),
          SYNC,
        ]),
      ];
    },
  },
  'a cursor, DECLARE of a wide table and FETCH': {
    mode: 'read',
    make: (n) => [
      freshQuery('BEGIN'),
      freshQuery(`DECLARE c CURSOR FOR SELECT * FROM wide WHERE c1 IN (1${',2'.repeat(n / 2)})`),
      freshQuery('FETCH 10 FROM c'),
      freshQuery('ROLLBACK'),
    ],
  },
  'a cursor, many FETCHes': {
    mode: 'read',
    make: (n) => [
      freshQuery('BEGIN'),
      freshQuery('DECLARE c CURSOR FOR SELECT * FROM wide, wider'),
      freshQuery('FETCH c;'.repeat(Math.min(499, n / 8))),
      freshQuery('ROLLBACK'),
    ],
  },
  'many cursors': {
    mode: 'read',
    make: (n) => [
      freshQuery('BEGIN'),
      freshQuery(
        Array.from({ length: Math.min(60, n / 40) }, (_, i) => `DECLARE c${i} CURSOR FOR SELECT * FROM wide`).join(';'),
      ),
      freshQuery('ROLLBACK'),
    ],
  },
  'COPY FROM STDIN, many small messages': {
    mode: 'write',
    make: (n) => [
      Buffer.concat([freshQuery('COPY t FROM STDIN'), many(n, () => copyData(Buffer.from('1\tx\n'))), COPY_DONE]),
    ],
  },
  'COPY FROM STDIN, messages of a byte': {
    mode: 'write',
    make: (n) => [
      Buffer.concat([freshQuery('COPY t FROM STDIN'), many(n, () => copyData(Buffer.from('\n'))), COPY_DONE]),
    ],
  },
  'COPY FROM STDIN, one message': {
    mode: 'write',
    make: (n) => [
      Buffer.concat([freshQuery('COPY t FROM STDIN'), copyData(Buffer.from('1\tx\n'.repeat(n / 4))), COPY_DONE]),
    ],
  },
  'a FunctionCall': {
    mode: 'write',
    make: (n) => [message('F', int32(1_598), int16(0), int16(1), int32(n), Buffer.alloc(n, 65), int16(0))],
  },
  'types that the client names': {
    mode: 'read',
    make: (n) => [
      Buffer.concat([
        message(
          'P',
          '',
          'SELECT 1',
          int16(Math.min(65_535, n / 4)),
          Buffer.alloc(Math.min(65_535, Math.floor(n / 4)) * 4),
        ),
        SYNC,
      ]),
    ],
  },
  'a result of many small rows': {
    mode: 'read',
    make: (n) => [freshQuery(`SELECT generate_series(1, ${n})`)],
  },
  'a result of wide rows': {
    mode: 'read',
    make: (n) => [freshQuery(`SELECT ${'1,'.repeat(Math.min(1_500, n / 2))}1 FROM generate_series(1, 200)`)],
  },
  'notices of the target': {
    mode: 'read',
    make: (n) => [freshQuery(`${'ROLLBACK;'.repeat(Math.min(499, n / 9))}`)],
  },
};
