// What a check is asked over HTTP, and what of its answers counts.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type CheckSettings, makeChecks } from './make-checks.ts';

const about = {
  principal: { id: 'ana', email: null, groups: ['dev'], kind: 'human' as const, elevate: 'in-band' as const },
  target: { name: 'shop', labels: {} },
  reason: 'fix order 4211',
};
const SILENT = { answered: false, status: null, answer: null };

interface Asked {
  body: unknown;
  authorization: string | undefined;
}

/** A service that answers as `answer` says, and what it was asked. */
async function service(context: TestContext, answer: (response: ServerResponse, n: number) => void) {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void text(request).then((body) => {
      asked.push({ body: JSON.parse(body), authorization: request.headers.authorization });
      answer(response, asked.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}
const settings = (url: string, more: Partial<CheckSettings> = {}): CheckSettings => ({
  ...{ url, token: 's3cret', targets: null, timeoutMs: 5_000, cacheMs: 60_000, allowPrivate: true, proxy: null },
  ...more,
});
const json = (value: unknown) => (response: ServerResponse) => response.end(JSON.stringify(value));

test('who, where and why are asked, with the token; the answer is JSON of the service’s, kept for its time', async (context) => {
  const { asked, url } = await service(context, (response, n) => json({ on_call: n === 1 })(response));
  let now = 0;
  const checks = makeChecks({ oncall: settings(url), other: settings(url, { targets: ['stock'] }) }, () => now);
  const first = { oncall: { answered: true, status: 200, answer: { on_call: true } } };
  assert.deepEqual(await checks.ask(about), first, 'and none of another target');
  assert.deepEqual(asked, [
    {
      body: {
        principal: { id: 'ana', email: null, groups: ['dev'], kind: 'human' },
        target: { name: 'shop', labels: {} },
        reason: 'fix order 4211',
      },
      authorization: 'Bearer s3cret',
    },
  ]);
  assert.deepEqual(await checks.ask(about), first, 'kept');
  await checks.ask({ ...about, reason: 'another' });
  assert.equal(asked.length, 2, 'another reason is another question');
  now = 60_000;
  assert.deepEqual(await checks.ask(about), { oncall: { answered: true, status: 200, answer: { on_call: false } } });
});

test('what is no answer is said to be none, and asked again: a refusal, no JSON, too much, a service that is silent or away', async (context) => {
  const answers: Record<string, (response: ServerResponse) => void> = {
    refused: (response) => response.writeHead(500).end('{"open": true}'),
    redirected: (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'no JSON': (response) => response.end('yes'),
    'too much': (response) => response.end(JSON.stringify('x'.repeat(5_000))),
    silent: () => {},
  };
  for (const [name, answer] of Object.entries(answers)) {
    const { asked, url } = await service(context, answer);
    const checks = makeChecks({ it: settings(url, { timeoutMs: name === 'silent' ? 50 : 5_000 }) });
    for (let n = 0; n < 2; n++) {
      const said = (await checks.ask(about))?.it;
      assert.deepEqual([said?.answered, said?.answer], [false, null], name);
    }
    // What was given up in time may never have come here.
    if (name !== 'silent') assert.equal(asked.length, 2, name);
  }
  assert.deepEqual(await makeChecks({ it: settings('http://127.0.0.1:1/') }).ask(about), { it: SILENT });
});

test('an address of this host or its network is not asked unless the operator says so', async (context) => {
  const { asked, url } = await service(context, json({ open: true }));
  for (const inside of [url, url.replace('127.0.0.1', 'localhost'), 'http://169.254.169.254/latest/meta-data'])
    assert.deepEqual(await makeChecks({ it: settings(inside, { allowPrivate: false }) }).ask(about), { it: SILENT });
  assert.equal(asked.length, 0);
});
