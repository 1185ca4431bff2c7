// Promise 5 as the target shows it: within one second of the deadline or the revocation, whatever the session does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { type Demo, startDemo } from '../helpers/demo.ts';
import { within } from '../helpers/until.ts';

let demo: Demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.stop());

interface Elevated {
  client: pg.Client;
  pid: number;
}

async function elevated(duration: string): Promise<Elevated> {
  const client = await demo.connect();
  await client.query(`SELECT sudo('promise 5', '${duration}')`);
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return { client, pid: Number((rows[0] as { pid: number }).pid) };
}

/** Until the target shows neither the backend nor a lock of it. */
async function gone(pid: number, ms: number): Promise<void> {
  await within(ms, `backend ${pid} is gone`, async () => {
    const rows = await demo.onTarget(
      'SELECT pid FROM pg_stat_activity WHERE pid = $1 UNION ALL SELECT pid FROM pg_locks WHERE pid = $1',
      [pid],
    );
    return rows.length === 0;
  });
}

const mode = async (client: pg.Client): Promise<string> =>
  (await client.query('SHOW sudoql.mode')).rows[0]['sudoql.mode'];

const states: { name: string; enter: (client: pg.Client) => Promise<{ running: Promise<unknown> } | null> }[] = [
  { name: 'idle', enter: async () => null },
  {
    name: 'in an open transaction that holds a row lock',
    enter: async (client) => {
      await client.query('BEGIN');
      await client.query("UPDATE customers SET name = 'never committed' WHERE id = 1");
      return null;
    },
  },
  {
    name: 'running a long statement',
    enter: async (client) => ({
      running: client
        .query("UPDATE customers SET name = 'never committed' FROM pg_sleep(60) WHERE id = 2")
        .catch((e: unknown) => e),
    }),
  },
];

for (const { name, enter } of states) {
  test(`promise 5: at the deadline, ${name}`, async () => {
    const { client, pid } = await elevated('2 s');
    const running = (await enter(client))?.running;
    await gone(pid, 3_000);
    if (running) await running;
    else if (name !== 'idle') {
      await assert.rejects(client.query('COMMIT'), { code: '25P02' });
      await client.query('ROLLBACK').catch(() => undefined);
    }
    assert.equal(await mode(client), 'read');
    const changed = await demo.onTarget("SELECT id FROM customers WHERE name = 'never committed'");
    assert.deepEqual(changed, []);
  });

  test(`promise 5: on revocation, ${name}`, async () => {
    const { client, pid } = await elevated('10 min');
    const running = (await enter(client))?.running;
    const authorization = `Bearer ${demo.security.token}`;
    const listed = (await (await fetch(`${demo.http}/v1/elevations`, { headers: { authorization } })).json()) as {
      elevations: { id: string; state: string }[];
    };
    const live = listed.elevations.find((e) => e.state === 'live');
    assert.ok(live);
    const answer = await fetch(`${demo.http}/v1/elevations/${live.id}/revoke`, {
      method: 'POST',
      headers: { authorization },
    });
    assert.ok(answer.ok, `${answer.status}`);
    await gone(pid, 1_000);
    if (running) await running;
    await client.query('ROLLBACK').catch(() => undefined);
    await client.query('ROLLBACK').catch(() => undefined);
    assert.equal(await mode(client), 'read');
  });
}

test('promise 5: when the client disconnects', async () => {
  const { client, pid } = await elevated('10 min');
  const running = client.query('SELECT pg_sleep(60)').catch(() => undefined);
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  await gone(pid, 1_000);
  await running;
});
