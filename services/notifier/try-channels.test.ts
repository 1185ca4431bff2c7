import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../../test/helpers/postgres.ts';
import { emailTo, startMailbox, startReceiver, webhookTo } from './testing.ts';
import { tryChannels } from './try-channels.ts';

test('a test message really goes out through each channel, and what does not take it is said', async () => {
  const mailbox = await startMailbox();
  const receiver = await startReceiver();
  try {
    const tried = await tryChannels(
      {
        mail: emailTo(mailbox.port),
        hook: webhookTo(receiver.port),
        deaf: emailTo(await freePort(), { name: 'deaf' }),
        wrong: webhookTo(receiver.port, { name: 'wrong', secret: 'no base64' }),
      },
      'root@host',
    );
    assert.deepEqual(
      tried.map(({ channel, problem }) => [channel, problem === null]),
      [
        ['mail', true],
        ['hook', true],
        ['deaf', false],
        ['wrong', false],
      ],
    );
    assert.match(tried[2]?.problem ?? '', /ECONNREFUSED/);
    assert.match(tried[3]?.problem ?? '', /base64/);
    assert.match(mailbox.mails[0]?.subject ?? '', /^Test: .*root@host/);
    assert.equal((JSON.parse(receiver.received[0]?.body ?? '') as { type: string }).type, 'notices.test');
  } finally {
    await mailbox.close();
    await receiver.close();
  }
});
