// A ledger that answers slowly is not one that is down: reads go on, and what was queued is committed.
import assert from 'node:assert/strict';
import { createServer, connect as dial, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { until } from '../../../test/helpers/until.ts';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { makeHeartbeat } from '../heartbeat/make-heartbeat.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { makeLedger } from './make-ledger.ts';

let cluster: Cluster;
let direct: pg.ClientConfig;
before(async () => {
  cluster = await startLedgerPostgres();
  direct = await migratedLedger(cluster);
});
after(() => cluster?.remove());

/** A hop behind which every answer takes `delay` more. */
async function startSlowHop(): Promise<{ port: number; delay: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = dial(cluster.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => setTimeout(() => client.write(bytes), hop.delay));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => setTimeout(() => client.destroy(), hop.delay));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hop = {
    port: (server.address() as { port: number }).port,
    delay: 0,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return hop;
}

test('promise 6: a ledger whose answers take longer than the usual deadline goes on taking reads', async () => {
  const hop = await startSlowHop();
  const connection = { ...direct, port: hop.port };
  const graceMs = 60_000;
  const ledger = makeLedger({ connection, replica: 'slow', version: 'test', graceMs, timeoutMs: 500 });
  const heartbeat = makeHeartbeat({ connection, replica: 'slow', timeoutMs: 300, patienceMs: 20_000 });
  try {
    await ledger.ready;
    await until('it beats', async () => heartbeat.confirmedAt !== null);
    // Longer than a single answer may usually take.
    hop.delay = 700;
    const since = performance.now();
    ledger.queue({ kind: 'gateway_stopped', replica: 'while it is slow' });
    const recorded = async () =>
      (await cluster.sql("SELECT FROM entry WHERE body LIKE '%while it is slow%'", 'ledger')).rows.length === 1;
    await until('what was queued is committed', recorded, graceMs);
    await until('it beats again', async () => (heartbeat.confirmedAt ?? 0) > since, graceMs);
    await until('nothing is wrong any more', async () => ledger.problem === null, graceMs);
    const beat = heartbeat.confirmedAt ?? 0;
    await until('and again', async () => (heartbeat.confirmedAt ?? 0) > beat, graceMs);
    assert.equal(ledger.acceptsReads, true);
  } finally {
    hop.delay = 0;
    await heartbeat.close();
    await ledger.close();
    hop.close();
  }
});
