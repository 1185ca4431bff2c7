import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selfSigned } from '../../test/helpers/self-signed.ts';
import type { EmailSettings, Sent } from './channels/channel.ts';
import { makeEmail } from './channels/email.ts';
import type { Message } from './message.ts';
import { emailTo, type Mailbox, started, startMailbox } from './testing.ts';
import { compose } from './texts/compose.ts';

const at = new Date();
const message: Message = {
  id: 'ntc_0',
  outwardId: 'ntc_0',
  known: [],
  channel: 'mail',
  told: [
    {
      notice: 'ntc_0',
      createdAt: at,
      event: started(),
      head: { chain: 'c', seq: 1, hash: 'ff', at: at.toISOString() },
    },
  ],
  thread: [],
  attempts: 0,
  firstAttemptAt: null,
  remaining: null,
  state: 'pending',
};

async function sendTo(mailbox: Mailbox, more: Partial<EmailSettings>, ca?: string): Promise<Sent> {
  const channel = makeEmail(emailTo(mailbox.port, more), ca === undefined ? {} : { ca });
  try {
    return await channel.send(
      message,
      compose(message, () => null, at),
    );
  } finally {
    channel.close();
    mailbox.drop();
  }
}

test('without allow_plaintext nothing is sent to a server that offers no TLS, not even the password', async () => {
  const seen: string[] = [];
  const mailbox = await startMailbox(0, {
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) => {
      seen.push(String(auth.username));
      done(null, { user: 'sudoql' });
    },
  });
  try {
    const sent = await sendTo(mailbox, { allowPlaintext: false, user: 'sudoql', password: 'secret' });
    assert.ok(!sent.ok && /STARTTLS|TLS/i.test(sent.problem), JSON.stringify(sent));
    assert.deepEqual([seen, mailbox.mails], [[], []]);
  } finally {
    await mailbox.close();
  }
});

test('a mail server’s certificate is verified, and behind it login and mail go through', async () => {
  const { cert, key } = selfSigned();
  const logins: string[] = [];
  const mailbox = await startMailbox(0, {
    disabledCommands: [],
    authOptional: false,
    cert,
    key,
    onAuth: ({ username, password }, _session, done) => {
      logins.push(`${username}:${password}`);
      if (password === 'right') done(null, { user: 'sudoql' });
      else done(new Error('wrong password'));
    },
  });
  const settings = { allowPlaintext: false, user: 'sudoql', password: 'right' };
  try {
    const unknown = await sendTo(mailbox, settings);
    assert.ok(!unknown.ok && /self.signed/.test(unknown.problem), JSON.stringify(unknown));
    assert.deepEqual([logins, mailbox.mails], [[], []]);
    const wrong = await sendTo(mailbox, { ...settings, password: 'wr0ng' }, cert);
    assert.ok(!wrong.ok && !wrong.problem.includes('wr0ng'), JSON.stringify(wrong));
    assert.deepEqual(await sendTo(mailbox, settings, cert), { ok: true });
    assert.equal(mailbox.mails.length, 1);
  } finally {
    await mailbox.close();
  }
});

test('no file or URL is ever fetched into a mail', async () => {
  const mailbox = await startMailbox();
  try {
    const event = started({ reason: '<img src="file:///etc/hostname"> {"path":"/etc/hostname"}' });
    const [first] = message.told;
    const nasty: Message = { ...message, told: [{ ...first, event }] };
    const channel = makeEmail(emailTo(mailbox.port));
    assert.deepEqual(
      await channel.send(
        nasty,
        compose(nasty, () => null, at),
      ),
      { ok: true },
    );
    channel.close();
    assert.deepEqual(mailbox.mails[0]?.attachments, []);
  } finally {
    mailbox.drop();
    await mailbox.close();
  }
});
