import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CPU, MEMORY, RECORD, sizeFor } from './sizing.ts';

const read = (path: string) => readFile(join(import.meta.dirname, '../..', path), 'utf8');
const numbers = (text: string, pattern: RegExp): number[] => {
  const found = pattern.exec(text);
  assert.ok(found, String(pattern));
  return found.slice(1).map(Number);
};

test('sizing goes by the figures that the bench took', async () => {
  const [readme, bench, ledger, operators] = await Promise.all(
    ['README.md', 'bench/README.md', 'docs/ledger.md', 'docs/operators.md'].map(read),
  );
  const { simple, extended, prepared } = CPU.read;
  assert.deepEqual(numbers(readme ?? '', /CPU a read: gateway (\d+), (\d+) and (\d+) µs/), [
    simple,
    extended,
    prepared,
  ]);
  assert.deepEqual(numbers(readme ?? '', /the ledger's server \d+ to (\d+) µs/), [CPU.ledgerRead]);
  assert.deepEqual(numbers(bench ?? '', /\((\d+) and (\d+) µs a statement\)/), [CPU.ledgerWrite, CPU.write]);
  assert.deepEqual(numbers(readme ?? '', /the gateway's memory \d+ → (\d+) MB/), [MEMORY.process / 1e6]);
  assert.deepEqual(numbers(readme ?? '', /an idle session \| \d+ to (\d+) KiB/), [MEMORY.session / 1_024]);
  assert.deepEqual(numbers(operators ?? '', /the supervisor (\d+) \(/), [MEMORY.supervisor / 1e6]);
  assert.deepEqual(numbers(ledger ?? '', /A statement in write mode takes about (\d+) kB/), [RECORD.write / 1_000]);
  assert.deepEqual(numbers(ledger ?? '', /a read takes some (\d+) bytes in an entry of\s+about (\d+) kB/), [
    RECORD.read,
    RECORD.entry / 1_000,
  ]);
  assert.deepEqual(numbers(ledger ?? '', /makes at most every (\d+) ms/), [1_000 / RECORD.entriesPerSecond]);
});

test('what is needed grows with the load, and a replica that is away leaves enough', () => {
  const load = {
    ...{ readsPerSecond: 4_000, writesPerSecond: 1_000, protocol: 'extended' as const, sessions: 300, writers: 20 },
    ...{ hours: 10, days: 365, replicas: 3 },
  };
  const size = sizeFor(load);
  // 4000 × 189 µs + 1000 × 226 µs; two replicas left, each core 60 % busy.
  assert.equal(size.gatewayCores, 0.982);
  assert.equal(size.processes, 1);
  assert.equal(size.memory, 341e6 + 150 * 54 * 1_024);
  assert.equal(size.ledgerCores.toFixed(3), '0.588');
  // 3000 entries of the sessions' 10 a second, 4000 reads in them, 1000 writes.
  assert.equal(size.ledgerPerMonth, (4_000 * 20 + 3_000 * 1_000 + 1_000 * 2_000) * 36_000 * 30);
  assert.equal(size.ledgerKept, (size.ledgerPerMonth / 30) * 365);
  assert.equal(size.ledgerConnections, 3 * (10 + 15));
  assert.deepEqual([size.sessionConnections, size.ownConnections], [300 + 20, 3 * 3]);

  const alone = sizeFor({ ...load, replicas: 1 });
  assert.equal(alone.processes, 2, 'all of it on one host: two cores');
  assert.equal(alone.memory, 2 * 341e6 + 130e6 + 300 * 54 * 1_024);
  assert.equal(sizeFor({ ...load, readsPerSecond: 1, writesPerSecond: 0 }).processes, 1, 'never none');
});
