// Against a collector of its own: what it gets, and what becomes of spans when it takes none.
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../../../test/helpers/until.ts';
import { makeExporter } from './exporter.ts';
import type { Span } from './span.ts';

const span = (n: number): Span => ({
  ...{ trace: `${n}`.padStart(32, '0'), id: `${n}`.padStart(16, '0'), parent: null, name: 'SelectStmt shop' },
  ...{ kind: 'server', endedAt: 1_700_000_000_123.25, milliseconds: 2.5, failed: n === 1 },
  attributes: { 'sudoql.target': 'shop', 'sudoql.statements': n, 'sudoql.code': null, ok: true, part: 0.5 },
  link: { trace: 'a'.repeat(32), id: 'b'.repeat(16) },
});

async function collector(t: TestContext, answer: RequestListener) {
  const bodies: string[] = [];
  const warned: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString());
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const exporter = makeExporter({
    settings: {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
      ...{ headers: { authorization: 'Bearer of-the-collector' }, allowPrivate: true, proxy: null },
    },
    resource: { version: '1.2.3', replica: 'gateway-1' },
    log: { warn: (fields, message) => void warned.push(`${message} ${JSON.stringify(fields)}`), info: () => {} },
    ...{ everyMs: 1, timeoutMs: 500 },
  });
  t.after(async () => {
    await exporter.close();
    server.closeAllConnections();
    server.close();
  });
  return { exporter, bodies, warned };
}

/** Span ids, request by request. */
const idsOf = (bodies: readonly string[]): string[][] =>
  bodies.map((body) => [...body.matchAll(/"spanId":"0*(\d+)","name"/g)].map(([, id = '']) => id));

test('spans come as OTLP’s JSON, with who sends them', async (t) => {
  const seen: unknown[] = [];
  const { exporter, bodies } = await collector(t, ({ method, url, headers }, response) => {
    seen.push([method, url, headers['content-type'], headers.authorization]);
    response.end('{}');
  });
  exporter.add(span(1));
  await until('it was taken', async () => exporter.counts().sent === 1);
  assert.deepEqual(seen, [['POST', '/v1/traces', 'application/json', 'Bearer of-the-collector']]);
  assert.deepEqual(JSON.parse(bodies[0] ?? ''), {
    resourceSpans: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'sudoql' } },
            { key: 'service.version', value: { stringValue: '1.2.3' } },
            { key: 'service.instance.id', value: { stringValue: 'gateway-1' } },
          ],
        },
        scopeSpans: [
          {
            scope: { name: 'sudoql', version: '1.2.3' },
            spans: [
              {
                traceId: '00000000000000000000000000000001',
                spanId: '0000000000000001',
                name: 'SelectStmt shop',
                kind: 2,
                startTimeUnixNano: '1700000000120750000',
                endTimeUnixNano: '1700000000123250000',
                attributes: [
                  { key: 'sudoql.target', value: { stringValue: 'shop' } },
                  { key: 'sudoql.statements', value: { intValue: '1' } },
                  { key: 'ok', value: { boolValue: true } },
                  { key: 'part', value: { doubleValue: 0.5 } },
                ],
                links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
                status: { code: 2 },
              },
            ],
          },
        ],
      },
    ],
  });
});

test('what the collector has no room for is sent again; what it does not understand is not, and is counted', async (t) => {
  const answers = [503, 429, 200, 400, 307, 200];
  const { exporter, bodies, warned } = await collector(t, (_, response) => {
    const status = answers.shift() ?? 200;
    response.writeHead(status, { location: '/elsewhere' });
    response.end(status === 200 && answers.length === 0 ? '{"partialSuccess":{"rejectedSpans":"1"}}' : '');
  });
  for (const [n, total] of [1, 2, 3, 4].entries()) {
    exporter.add(span(total));
    await until('it is settled', async () => exporter.counts().sent + exporter.counts().dropped === n + 1);
  }
  assert.deepEqual(idsOf(bodies), [['1'], ['1'], ['1'], ['2'], ['3'], ['4']]);
  assert.deepEqual(exporter.counts(), { sent: 1, dropped: 3 });
  assert.equal(warned.length, 2, 'once for each time that it begins to fail');
});

test('a collector that never answers holds nothing: what finds no room is dropped and counted, and so is what is left at the end', async (t) => {
  const { exporter } = await collector(t, () => {});
  for (let n = 1; n <= 20_000; n++) exporter.add(span(n));
  assert.deepEqual(exporter.counts(), { sent: 0, dropped: 20_000 - 8_192 });
  await exporter.close();
  exporter.add(span(1));
  assert.deepEqual(exporter.counts(), { sent: 0, dropped: 20_001 });
});

test('nothing of it is loaded where nothing is traced: it is imported once, when the configuration says so', async () => {
  const services = join(import.meta.dirname, '../..');
  const importing: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: services })) {
    if (file.startsWith('gateway/traces/')) continue;
    const text = await readFile(join(services, file), 'utf8');
    for (const [statement] of text.matchAll(
      /^import (?!type )[^;]*\/traces\/[^;]*;|import\('[^']*\/traces\/[^']*'\)/gm,
    ))
      importing.push(`${file}: ${statement}`);
  }
  assert.deepEqual(importing, ["gateway/gateway.ts: import('./traces/traces.ts')"]);
});
