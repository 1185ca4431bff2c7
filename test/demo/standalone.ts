// The catchers and the shop as programs of their own, for docker-compose.yml.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startDemoMailbox } from './mailbox.ts';
import { fillShop } from './shop-data.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const USAGE = `Usage:
  standalone.ts mailbox  --host 0.0.0.0 --smtp-port 1025 --http-port 1080
  standalone.ts webhooks --host 0.0.0.0 --http-port 1090 --secret-file FILE
  standalone.ts shop     --url postgres://USER@HOST:PORT/DATABASE --password-file FILE
`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    'smtp-port': { type: 'string', default: '1025' },
    'http-port': { type: 'string', default: '1080' },
    'secret-file': { type: 'string' },
    url: { type: 'string' },
    'password-file': { type: 'string' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const untilToldToEnd = () =>
  new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
const contents = async (file: string | undefined) => {
  if (file === undefined) throw new Error(USAGE);
  return (await readFile(file, 'utf8')).trim();
};

switch (positionals[0]) {
  case 'mailbox': {
    const mailbox = await startDemoMailbox({
      host: values.host,
      smtpPort: Number(values['smtp-port']),
      httpPort: Number(values['http-port']),
      onMail: (mail) => say(`mail ${mail.number}: ${JSON.stringify(mail.subject)}`),
    });
    say(`SMTP on port ${mailbox.smtpPort}, mails at ${mailbox.url}`);
    await untilToldToEnd();
    await mailbox.close();
    break;
  }
  case 'webhooks': {
    const receiver = await startWebhookReceiver({
      host: values.host,
      port: Number(values['http-port']),
      secret: await contents(values['secret-file']),
      onWebhook: (webhook) => say(`webhook ${webhook.number}: ${webhook.verified ? 'verified' : webhook.problem}`),
    });
    say(`webhooks at ${receiver.url}`);
    await untilToldToEnd();
    await receiver.close();
    break;
  }
  case 'shop': {
    if (values.url === undefined) throw new Error(USAGE);
    const client = new pg.Client({
      connectionString: values.url,
      password: await contents(values['password-file']),
    });
    await client.connect();
    try {
      const { rows } = await client.query("SELECT to_regclass('public.orders') IS NOT NULL AS there");
      if (rows[0]?.there) say('The shop is there already.');
      else {
        await fillShop(client);
        say('The shop is filled.');
      }
    } finally {
      await client.end();
    }
    break;
  }
  default:
    process.stderr.write(USAGE);
    process.exitCode = 2;
}
