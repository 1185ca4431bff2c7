// Approve pressed on the page → the `sudo` that waits is in write mode: on the gateway that serves the page, and on another one of the same ledger.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { choosePort, startGateway, writeConfig } from '../test/demo/gateway-process.ts';
import type { DemoSecrets } from '../test/demo/directory.ts';
import { setStage } from '../test/demo/stage.ts';
import { openDataDirectory } from '../test/helpers/data-directory.ts';
import { Browser } from '../test/people/browser.ts';
import { report } from './measure.ts';

/** As many as one person may ask for in an hour, less some that are not counted. */
const ROUNDS = 17;
const WARM = 2;
/** Dan, of security, at the demo's provider. */
const DAN = 'u-1002';

const directory = await openDataDirectory();
const stage = await setStage({ directory, usualPorts: false, payroll: true, progress: () => {} });
const other = await anotherGateway();
try {
  const dan = new Browser(stage.http);
  await dan.signIn(DAN, '/requests');
  await measure('by the gateway of the page', 'ana', stage.wire.port);
  await measure('by another gateway', 'ben', other.port);

  async function measure(title: string, user: string, port: number): Promise<void> {
    const connectionString = `postgres://${user}:${stage.tokens[user]}@127.0.0.1:${port}/payroll`;
    const client = new pg.Client({ connectionString });
    await client.connect();
    const taken: number[] = [];
    for (let round = -WARM; round < ROUNDS; round++) {
      const waits = new Promise<string>((resolve) =>
        client.on('notice', ({ message = '' }) => {
          const [, id] = /request (req_[\w-]+)/.exec(message) ?? [];
          if (id) resolve(id);
        }),
      );
      const asking = client.query(`SELECT sudo('bench ${title} ${round}', '5 min')`);
      asking.catch(() => undefined);
      const request = await waits;
      await dan.ask(`/requests/${request}`);
      const pressed = performance.now();
      const answering = dan.ask(`/requests/${request}/approve`, { form: {} });
      await asking;
      const ms = performance.now() - pressed;
      assert.equal((await answering).status, 303);
      const { rows } = await client.query('SHOW sudoql.mode');
      assert.equal(rows[0]?.['sudoql.mode'], 'write');
      await client.query('SELECT unsudo()');
      client.removeAllListeners('notice');
      if (round >= 0) taken.push(ms);
    }
    await client.end();
    report(`approve → write mode, ${title}`, 'ms', taken);
  }
} finally {
  await other.stop();
  await stage.close();
  await rm(directory, { recursive: true, force: true });
}

/** On the same ledger and targets, with a configuration of its own. */
async function anotherGateway(): Promise<{ port: number; stop(): Promise<void> }> {
  const own = await openDataDirectory();
  const secrets = JSON.parse(await readFile(join(stage.directory, 'secrets.json'), 'utf8')) as DemoSecrets;
  const [http, port] = [await choosePort(null), await choosePort(null)];
  const { server, mailbox, receiver } = stage;
  const files = await writeConfig({
    ...{ directory: own, secrets, http, wire: port, policies: join(stage.directory, 'policies'), targets: ['payroll'] },
    ...{ target: server.port, ledger: server.port, smtp: mailbox.smtpPort, webhook: receiver.url },
    more: { replica: 'other' },
  });
  const gateway = await startGateway(files, http, own);
  return {
    port,
    stop: async () => {
      await gateway.stop();
      await rm(own, { recursive: true, force: true });
    },
  };
}
