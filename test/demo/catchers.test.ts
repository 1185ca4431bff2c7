import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { Webhook } from 'standardwebhooks';
import { type CaughtMail, startDemoMailbox } from './mailbox.ts';
import { startProvider } from './provider.ts';
import { type CaughtWebhook, startWebhookReceiver } from './webhook-receiver.ts';

test('the mailbox lists what it caught as JSON, newest last, with the raw source, and as a page that runs nothing', async () => {
  const mailbox = await startDemoMailbox();
  const transport = createTransport({ host: '127.0.0.1', port: mailbox.smtpPort });
  try {
    for (const subject of ['first', 'second <script>']) {
      await transport.sendMail({
        from: 'a@example.com',
        to: 'b@example.com',
        subject,
        text: 'plain',
        html: '<b>"bold"</b>',
        headers: { 'X-Sudoql-Event': 'elevation.started' },
      });
    }
    const mails = (await (await fetch(mailbox.url)).json()) as CaughtMail[];
    assert.deepEqual(
      mails.map((mail) => [mail.number, mail.subject, mail.to, mail.headers['x-sudoql-event'], mail.text.trim()]),
      [
        [1, 'first', ['b@example.com'], 'elevation.started', 'plain'],
        [2, 'second <script>', ['b@example.com'], 'elevation.started', 'plain'],
      ],
    );
    assert.match(mails[1]?.source ?? '', /^Subject: second/m);
    const list = await (await fetch(mailbox.url, { headers: { accept: 'text/html' } })).text();
    assert.ok(list.includes('second &lt;script&gt;') && !list.includes('<script>'));
    const one = await (await fetch(`${mailbox.url}read/2`)).text();
    assert.ok(
      one.includes(
        '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="&lt;base target=&quot;_blank&quot;&gt;&lt;b&gt;&quot;bold&quot;&lt;/b&gt;',
      ),
    );
    assert.equal((await fetch(`${mailbox.url}read/3`)).status, 404);
  } finally {
    transport.close();
    await mailbox.close();
  }
});

test('the webhook receiver says of each message whether its signature is right, and keeps the raw body', async () => {
  const secret = `whsec_${Buffer.from('a secret of the catchers test').toString('base64')}`;
  const receiver = await startWebhookReceiver({ secret });
  const send = (body: string, signature: string) =>
    fetch(receiver.url, {
      method: 'POST',
      body,
      headers: {
        'webhook-id': 'ntc_1',
        'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'webhook-signature': signature,
      },
    });
  try {
    const right = new Webhook(secret).sign('ntc_1', new Date(), '{"a":1}');
    assert.equal((await send('{"a":1}', right)).status, 204);
    assert.equal((await send('{"a":2}', right)).status, 401);
    const listed = (await (await fetch(receiver.url)).json()) as CaughtWebhook[];
    assert.deepEqual(
      listed.map(({ number, body, verified, payload }) => ({ number, body, verified, payload })),
      [
        { number: 1, body: '{"a":1}', verified: true, payload: { a: 1 } },
        { number: 2, body: '{"a":2}', verified: false, payload: { a: 2 } },
      ],
    );
    assert.equal(listed[0]?.headers['webhook-id'], 'ntc_1');
  } finally {
    await receiver.close();
  }
});

test('a provider whose port somebody has takes another one', async () => {
  const first = await startProvider('http://127.0.0.1:1');
  const second = await startProvider('http://127.0.0.1:1', Number(new URL(first.issuer).port));
  assert.notEqual(second.issuer, first.issuer);
  for (const { issuer, close } of [first, second]) {
    assert.equal((await fetch(`${issuer}/.well-known/openid-configuration`)).status, 200);
    await close();
  }
});
