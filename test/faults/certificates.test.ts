// Certificates of trusted authorities that are not good today, or not for this host: nothing is said to whoever shows one.
import assert from 'node:assert/strict';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import pg from 'pg';
import { serverTls } from '../../services/gateway/config/servers.ts';
import type { Channel, Sent } from '../../services/notifier/channels/channel.ts';
import { makeEmail } from '../../services/notifier/channels/email.ts';
import { makeWebhook } from '../../services/notifier/channels/webhook.ts';
import type { Message } from '../../services/notifier/message.ts';
import { emailTo, started, startMailbox, webhookTo } from '../../services/notifier/testing.ts';
import { compose } from '../../services/notifier/texts/compose.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { selfSigned } from '../helpers/self-signed.ts';

const CERTIFICATES = {
  expired: { ...selfSigned({ from: -48, until: -1 }), problem: /expired/i },
  'not valid yet': { ...selfSigned({ from: 1, until: 24 }), problem: /not yet valid/i },
  'for another host': { ...selfSigned({ host: 'elsewhere.example.com' }), problem: /altnames|hostname/i },
  good: { ...selfSigned(), problem: null },
};

const at = new Date();
const told = { notice: 'ntc_0', createdAt: at, event: started(), head: { chain: 'c', seq: 1, hash: 'ff', at: '' } };
const message: Message = {
  id: 'ntc_0',
  outwardId: 'ntc_0',
  known: [],
  channel: 'any',
  told: [told],
  thread: [],
  attempts: 0,
  firstAttemptAt: null,
  remaining: null,
  state: 'pending',
};

async function sendBy(channel: Channel): Promise<Sent> {
  try {
    return await channel.send(
      message,
      compose(message, () => null, at),
    );
  } finally {
    channel.close();
  }
}

function assertSent(sent: Sent, problem: RegExp | null): void {
  if (problem === null) assert.deepEqual(sent, { ok: true });
  else assert.ok(!sent.ok && problem.test(sent.problem), JSON.stringify(sent));
}

for (const [what, { cert, key, problem }] of Object.entries(CERTIFICATES)) {
  test(`a webhook's receiver whose certificate is ${what}`, async () => {
    let bytes = 0;
    const server = createHttps({ cert, key }, (request, response) => {
      request.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => response.writeHead(204).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      for (const host of ['localhost', '127.0.0.1']) {
        const url = `https://${host}:${(server.address() as AddressInfo).port}/`;
        assertSent(await sendBy(makeWebhook(webhookTo(1, { url }), { ca: cert, timeoutMs: 60_000 })), problem);
      }
      assert.equal(bytes > 0, problem === null);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test(`a mail server whose certificate is ${what}, at once and by STARTTLS`, async () => {
    for (const secure of [true, false]) {
      const mailbox = await startMailbox(0, { secure, cert, key, disabledCommands: ['AUTH'] });
      try {
        for (const host of ['localhost', '127.0.0.1']) {
          const smtp = { host, port: mailbox.port, secure };
          assertSent(await sendBy(makeEmail(emailTo(0, { smtp, allowPlaintext: false }), { ca: cert })), problem);
        }
        assert.equal(mailbox.mails.length, problem === null ? 2 : 0, `secure: ${secure}`);
      } finally {
        // Not dropped: Node ends with a fault when a socket is destroyed below its TLS.
        await mailbox.close();
      }
    }
  });
}

test('a target or ledger whose certificate is none of these is connected to with verify-full, by name and by address', async () => {
  const cluster = await startPostgres();
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  try {
    for (const [what, { cert, key, problem }] of Object.entries(CERTIFICATES)) {
      const file = (text: string, name: string) =>
        `COPY (SELECT 1) TO PROGRAM 'echo ${base64(text)} | base64 -d > ${name} && chmod 600 ${name}'`;
      await cluster.sql(file(cert, 'server.crt'));
      await cluster.sql(file(key, 'server.key'));
      await cluster.stop();
      await cluster.start();
      if (what === Object.keys(CERTIFICATES)[0]) {
        await cluster.sql('ALTER SYSTEM SET ssl = on');
        await cluster.stop();
        await cluster.start();
      }
      for (const host of ['localhost', '127.0.0.1']) {
        const ssl = serverTls({ mode: 'verify-full', ca: 'ca' }, host, { file: () => cert } as never, []);
        const { password } = new URL(cluster.url());
        const client = new pg.Client({
          host,
          port: cluster.port,
          user: 'postgres',
          password,
          database: 'postgres',
          ssl,
        });
        client.on('error', () => {});
        const connected = client.connect();
        if (problem) await assert.rejects(connected, problem, `${what} by ${host}`);
        else {
          await connected;
          const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
          assert.deepEqual(rows, [{ ssl: true }]);
        }
        await client.end().catch(() => undefined);
      }
    }
  } finally {
    await cluster.remove();
  }
});
