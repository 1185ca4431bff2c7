import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { until } from '../../../test/helpers/until.ts';
import { hashOf } from '../chain/seal.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { type LedgerPool, makeLedgerPool } from '../ledger-pool.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { type LedgerWriter, makeLedger } from '../write/make-ledger.ts';
import { exportLedger, NotGoneOn } from './export.ts';
import { endsInFile, NotAnExport } from './export-file.ts';
import { tailLedger } from './tail.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
let directory: string;
let ledger: LedgerWriter;
let pool: LedgerPool;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await migratedLedger(cluster);
  directory = await mkdtemp(join(tmpdir(), 'sudoql-export-'));
  pool = makeLedgerPool({ connection });
  ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
  await ledger.ready;
  await recorded(1, 2, 3);
});
after(async () => {
  await ledger?.close();
  await pool?.close();
  await rm(directory, { recursive: true, force: true });
  await cluster?.remove();
});

const ended = (n: number): EntryDraft => ({
  kind: 'session_ended',
  session: 's',
  principal: 'ana',
  target: 'shop',
  why: `"${n}" ü\u2028`,
  statements: n,
});
const recorded = async (...numbers: number[]) => {
  for (const n of numbers) await ledger.append(ended(n));
};

interface Line {
  sudoql_export?: number;
  chains?: { chain: string; replica: string }[];
  hash?: string;
  body?: string;
  end?: { entries: number; heads: { chain: string; seq: number; hash: string }[] };
}
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const entriesOf = (lines: Line[]) =>
  lines.flatMap(({ body }) => (body === undefined ? [] : [JSON.parse(body) as { seq: number; statements?: number }]));

async function goOnWith(file: string): Promise<number> {
  const out = createWriteStream(file, { flags: 'a' });
  const count = await exportLedger(connection, out, { after: await endsInFile(file) });
  out.end();
  await finished(out);
  return count;
}

test('an export has each entry as it was hashed, the chains, and how they end', async () => {
  const file = join(directory, 'whole.jsonl');
  const count = await goOnWith(file);
  const lines = linesOf(await readFile(file, 'utf8'));
  assert.deepEqual(lines[0], {
    sudoql_export: 1,
    chains: [{ chain: ledger.chain, replica: 'r' }],
    checkpoints: [],
  });
  const entries = lines.filter(({ body }) => body !== undefined);
  assert.equal(entries.length, count);
  for (const { body, hash } of entries) assert.equal(hash, hashOf(body ?? ''));
  assert.deepEqual(lines.at(-1), { end: { entries: count, heads: [ledger.head].map((head) => pick(head)) } });
});
const pick = (head: { chain: string; seq: number; hash: string } | null) =>
  head && { chain: head.chain, seq: head.seq, hash: head.hash };

test('an export goes on with its file, behind the last whole line', async () => {
  const file = join(directory, 'resumed.jsonl');
  const before = await goOnWith(file);
  const { length } = await readFile(file);
  // As a process that was killed leaves it: in the middle of its last entry, without an end.
  const text = await readFile(file, 'utf8');
  const cut = Buffer.byteLength(text.slice(0, text.lastIndexOf('{"hash"'))) + 100;
  assert.ok(cut < length);
  await truncate(file, cut);
  await recorded(4);
  assert.equal(await goOnWith(file), 2);
  const numbers = entriesOf(linesOf(await readFile(file, 'utf8'))).map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    Array.from({ length: before + 1 }, (_, n) => n + 1),
  );
  assert.equal(await goOnWith(file), 0);
});

test('a ledger that lost or altered what was exported is not gone on with', async () => {
  const file = join(directory, 'lost.jsonl');
  await goOnWith(file);
  const text = await readFile(file, 'utf8');
  const { hash } = linesOf(text).findLast(({ body }) => body !== undefined) ?? {};
  await writeFile(file, text.replaceAll(hash ?? '', 'f'.repeat(64)));
  await assert.rejects(goOnWith(file), NotGoneOn);
});

test('a file that is no export is left alone', async () => {
  const file = join(directory, 'other.txt');
  await appendFile(file, 'a list of things\nand more');
  await assert.rejects(endsInFile(file), NotAnExport);
  assert.equal(await readFile(file, 'utf8'), 'a list of things\nand more');
});

test('a collector gets every entry, and goes on where it was when it comes back', async () => {
  const cursor = join(directory, 'collector');
  const collect = async () => {
    const out = new PassThrough();
    const chunks: Buffer[] = [];
    out.on('data', (chunk: Buffer) => chunks.push(chunk));
    await tailLedger(pool, out, { cursor, once: true, signal: new AbortController().signal });
    return Buffer.concat(chunks)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { seq: number; hash: string });
  };
  const all = await collect();
  assert.deepEqual(
    all.map(({ seq }) => seq),
    Array.from({ length: all.length }, (_, n) => n + 1),
  );
  assert.deepEqual(await collect(), []);
  await recorded(5, 6);
  const fresh = await collect();
  assert.deepEqual(
    fresh.map(({ seq }) => seq),
    [all.length + 1, all.length + 2],
  );
});

test('a collector that takes nothing is waited for, and what it did not take comes again', async () => {
  const cursor = join(directory, 'stuck');
  const stop = new AbortController();
  let taken = 0;
  const out = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      taken++;
      if (taken === 2) done(new Error('the collector is gone'));
      else done();
    },
  });
  out.on('error', () => {});
  await assert.rejects(tailLedger(pool, out, { cursor, once: true, signal: stop.signal }));
  const again = new PassThrough().resume();
  const count = await tailLedger(pool, again, { cursor, once: true, signal: stop.signal });
  assert.ok(count >= 5, 'nothing was taken as collected');
});

test('a collector that stays gets what is recorded meanwhile', async () => {
  const stop = new AbortController();
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const running = tailLedger(pool, out, { cursor: join(directory, 'staying'), signal: stop.signal });
  await recorded(7);
  await until('the entry was collected', () => text.includes('"statements":7'));
  stop.abort();
  await running;
});
