import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import { until } from '../../../test/helpers/until.ts';
import { migratedLedger } from '../../ledger/testing.ts';
import { type LedgerWriter, makeLedger } from '../../ledger/write/make-ledger.ts';
import { makeAnnounce } from '../../notifier/announce.ts';
import { makeOutbox } from '../../notifier/outbox.ts';
import { makeLedgerPool, type LedgerPool } from '../../ledger/ledger-pool.ts';
import { makeRevisions, type Revisions } from '../../policy/source/revisions.ts';
import type { Gated } from '../../policy/gate/gate.ts';
import { tellEndings } from './tell-endings.ts';
import { makePolicyNews } from './news.ts';

let cluster: Cluster;
let ledger: LedgerWriter;
let pool: LedgerPool;
let revisions: Revisions;
/** What is in them is of no importance here. */
const files = new Map([['a.rego', 'package a']]);
const gated = (revision: string) => ({ revision, files }) as unknown as Gated;
before(async () => {
  cluster = await startPostgres();
  const connection = await migratedLedger(cluster);
  ledger = makeLedger({ connection, replica: 'r1', version: '0', graceMs: 1_000 });
  await ledger.ready;
  pool = makeLedgerPool({ connection });
  revisions = makeRevisions(pool);
});
after(async () => {
  await ledger?.close();
  await pool?.close();
  await cluster?.remove();
});

const recorded = async (kind: string) =>
  (await cluster.sql(`SELECT body FROM entry WHERE kind = '${kind}' ORDER BY seq`, 'ledger')).rows.map((row) =>
    JSON.parse(row.body),
  );
const notices = async () =>
  (await cluster.sql("SELECT body ->> 'event' AS event, channel FROM notice ORDER BY created_at", 'ledger')).rows;

function news(lastRecorded: () => Promise<string | null>) {
  return makePolicyNews({
    announce: makeAnnounce({ ledger, outbox: makeOutbox({ channels: { security: {} } }) }),
    channels: ['security'],
    lastRecorded,
    revisions,
    describe: async (before, after) => ({
      summary: before ? 'changed' : 'first',
      rights: [`ben can now ${after.revision}`],
    }),
    log: { warn() {} } as never,
    retryMs: 10,
  });
}

test('promise 9: activation and refusal are entries, and notices to the security channels, in their order', async () => {
  const told = news(async () => null);
  told.activated(gated('aaaa'), null);
  told.refused('rego_parse_error', 'bbbb');
  told.activated(gated('cccc'), gated('aaaa'));
  await until('all three are recorded', async () => (await recorded('policy_activated')).length === 2);
  const [first, second] = await recorded('policy_activated');
  assert.deepEqual([first.revision, first.previous, second.revision, second.previous], ['aaaa', null, 'cccc', 'aaaa']);
  assert.equal((await recorded('policy_refused'))[0].problem, 'rego_parse_error');
  assert.deepEqual(await notices(), [
    { event: 'policy.activated', channel: 'security' },
    { event: 'policy.refused', channel: 'security' },
    { event: 'policy.activated', channel: 'security' },
  ]);
  const [newest, older] = await revisions.history(10);
  assert.deepEqual([newest?.revision, newest?.by, older?.revision], ['cccc', null, 'aaaa']);
  assert.deepEqual(
    [second.rights, newest?.rights, older?.summary],
    [['ben can now cccc'], ['ben can now cccc'], 'first'],
  );
  assert.deepEqual(await revisions.files({ content: newest?.content ?? '' }), files, 'its files are kept for replay');
});

test('a start with the revision that was in force before is no news, and one with another is told with what it followed', async () => {
  const before = (await recorded('policy_activated')).length;
  let asked = 0;
  news(async () => {
    asked++;
    return 'cccc';
  }).activated(gated('cccc'), null);
  await until('it was looked up', async () => asked === 1);
  news(async () => 'cccc').activated(gated('dddd'), null);
  await until('the other is recorded', async () => (await recorded('policy_activated')).length > before);
  const all = await recorded('policy_activated');
  assert.equal(all.length, before + 1);
  assert.equal(all.at(-1).previous, 'cccc');
  // Of what the record has stored; here nothing of that name.
  assert.equal(all.at(-1).summary, 'first');
});

test('an older revision that a directory has again is an activation of its own', async () => {
  news(async () => 'dddd').activated(gated('aaaa'), gated('dddd'));
  await until('it is recorded', async () => (await recorded('policy_activated')).at(-1)?.revision === 'aaaa');
  const [last] = await revisions.history(1);
  assert.deepEqual([last?.revision, last?.kind, last?.summary], ['aaaa', 'activated', 'changed']);
});

test('promise 8: what could not be recorded at first is recorded when the ledger is back', async () => {
  const before = (await recorded('policy_activated')).length;
  await cluster.sql('ALTER TABLE entry RENAME TO entry_away', 'ledger');
  let failed = 0;
  const told = makePolicyNews({
    announce: makeAnnounce({ ledger, outbox: makeOutbox({ channels: { security: {} } }) }),
    channels: ['security'],
    lastRecorded: async () => 'dddd',
    revisions,
    describe: async (before, after) => ({
      summary: before ? 'changed' : 'first',
      rights: [`ben can now ${after.revision}`],
    }),
    log: { warn: () => failed++ } as never,
    retryMs: 10,
  });
  told.activated(gated('eeee'), gated('dddd'));
  await until('it failed once', async () => failed > 0);
  await cluster.sql('ALTER TABLE entry_away RENAME TO entry', 'ledger');
  await until('it is recorded', async () => (await recorded('policy_activated')).length === before + 1);
});

test('that a line of the settings ends is told once, a week before, by whichever gateway looks', async () => {
  const grant = (name: string, until?: string) => ({ name, until, owner: 'ana' });
  const grants = [grant('release', '2026-11-20T00:00:00'), grant('far', '2027-11-20T00:00:00'), grant('kept')];
  const freezes = [{ name: 'over', until: '2026-11-01T00:00:00' }];
  const exceptions = [{ name: 'job', until: '2026-11-25T11:06:40', ticket: 'OPS-1' }];
  const relations = [{ patterns: ['public.pay*'], until: '2026-11-19T00:00:00' }, { patterns: ['audit.*'] }];
  const deps = {
    announce: makeAnnounce({ ledger, outbox: makeOutbox({ channels: { security: {} } }) }),
    channels: ['security'],
    inForce: () => ({
      revision: 'ffff',
      data: {
        settings: {
          ...{ elevation: { grants, freezes }, acts_later: { exceptions }, protected: { relations } },
          protected_columns: { columns: [{ patterns: ['public.people.email'], until: '2026-11-20T00:00:00' }] },
        },
      },
    }),
    clock: { now: () => new Date('2026-11-18T11:06:40Z') },
    log: { warn() {} } as never,
  };
  await tellEndings(deps);
  await tellEndings(deps);
  const told = (await recorded('policy_line_ends')).map(({ line, until, owner, ticket }) => [
    line,
    until,
    owner,
    ticket,
  ]);
  assert.deepEqual(told, [
    ['elevation.grants."release"', '2026-11-20T00:00:00', 'ana', null],
    ['acts_later.exceptions."job"', '2026-11-25T11:06:40', null, 'OPS-1'],
    ['protected.relations.["public.pay*"]', '2026-11-19T00:00:00', null, null],
    ['protected_columns.columns.["public.people.email"]', '2026-11-20T00:00:00', null, null],
  ]);
  assert.equal((await notices()).filter(({ event }) => event === 'policy.line_ends').length, 4);
});
