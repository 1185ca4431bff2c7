import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { until } from '../../test/helpers/until.ts';
import { makeLedgerPool } from '../ledger/ledger-pool.ts';
import { verifyLedger } from '../ledger/chain/verify.ts';
import { makeAnnounce } from '../notifier/announce.ts';
import { emailTo, openBench, startBench, startMailbox } from '../notifier/testing.ts';
import { tellHeads } from './heads.ts';
import { startLedgerPostgres } from '../ledger/testing.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startLedgerPostgres();
});
after(() => cluster?.remove());

test('heads are told on a schedule by one of several replicas, and the ledger can be held against the mail', async () => {
  const mailbox = await startMailbox();
  const channels = { mail: emailTo(mailbox.port) };
  const one = await startBench(cluster, 'heads', channels);
  const other = await openBench(cluster, 'heads', one.gateway, channels);
  const pool = makeLedgerPool({ connection: one.gateway });
  const tellers = [one, other].map(({ ledger, outbox }) =>
    tellHeads({
      pool,
      announce: makeAnnounce({ ledger, outbox, gateway: 'gw' }),
      everyMs: 3_600_000,
      channels: ['mail'],
      log: { warn() {} },
    }),
  );
  const told = await Promise.all(tellers.map((teller) => teller.look()));
  assert.deepEqual(told.sort(), [false, true], 'at once by both: told once');
  assert.equal(await tellers[0]?.look(), false, 'not again within the hour');
  await until('the mail', () => mailbox.mails.length > 0);

  const text = mailbox.mails[0]?.text ?? '';
  const heads = [...text.matchAll(/\b[0-9a-f]{64}\b/g)].map(([hash]) => hash);
  assert.ok(heads.length >= 3, 'of both chains, and of the notice itself');
  const held = await verifyLedger({ connectionString: cluster.url('heads') }, { heads });
  assert.deepEqual(held.problems, [], 'the ledger holds every one of them');

  await one.rows(`UPDATE notice SET created_at = created_at - interval '2 hours'`);
  assert.equal(await tellers[1]?.look(), true, 'when it is time again');

  for (const teller of tellers) await teller.close();
  await pool.close();
  await one.close();
  await other.close();
  await mailbox.close();
});
