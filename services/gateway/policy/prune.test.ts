import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import { type LedgerPool, makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { PruneRefused } from '../../ledger/chain/prune.ts';
import { migratedLedger } from '../../ledger/testing.ts';
import { verifyLedger } from '../../ledger/chain/verify.ts';
import { type LedgerWriter, makeLedger } from '../../ledger/write/make-ledger.ts';
import { contentHashOf, type PolicyFiles, revisionOf } from '../../policy/source/policy-files.ts';
import { makeRevisions, type Revisions } from '../../policy/source/revisions.ts';
import { prunePolicies } from './prune.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
let owner: pg.ClientConfig;
let ledger: LedgerWriter;
let pool: LedgerPool;
let revisions: Revisions;
const actor = { operator: 'root' };
const CUTOFF = new Date('2026-06-01T00:00:00Z');
/** What is in them is of no importance here. */
const policy = (name: string): PolicyFiles => new Map([['a.rego', `package ${name}`]]);

before(async () => {
  cluster = await startPostgres();
  connection = await migratedLedger(cluster);
  owner = { connectionString: cluster.url('ledger') };
  ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
  pool = makeLedgerPool({ connection });
  revisions = makeRevisions(pool);
});
after(async () => {
  await ledger?.close();
  await pool?.close();
  await cluster?.remove();
});

async function stored(name: string, day: string): Promise<void> {
  const { content } = await revisions.store(policy(name));
  await cluster.sql(`UPDATE policy_revision SET stored_at = '${day}' WHERE content = '${content}'`, 'ledger');
}
async function activated(name: string, day: string): Promise<void> {
  await cluster.sql(
    `INSERT INTO policy_activation (revision, content, activated_at, summary)
     VALUES ('${revisionOf(policy(name))}', '${contentHashOf(policy(name))}', '${day}', '${name}')`,
    'ledger',
  );
}
const refusedBy = (name: string, decided: boolean): EntryDraft => ({
  kind: 'statement_refused',
  session: 's',
  principal: 'ana',
  target: 'shop',
  mode: 'read',
  elevation: null,
  code: 'denied',
  reasons: [],
  fingerprint: null,
  normalized: null,
  type: null,
  effects: [],
  revision: revisionOf(policy(name)),
  decided: decided
    ? {
        entrypoint: 'statement',
        context: ledger.keep({ a: 1 }),
        facts: ledger.keep({ b: 1 }),
        clock: '2026-01-01T00:00:00.000Z',
        analyser: '3',
        said: { result: 'deny', codes: [], terms: {} },
      }
    : null,
});
const left = async (): Promise<string[]> =>
  (await cluster.sql('SELECT files FROM policy_revision ORDER BY stored_at, files', 'ledger')).rows.map(
    ({ files }) => /package (\w+)/.exec(files)?.[1] ?? '',
  );

test('refused uploads and policies that decided nothing which is still recorded are pruned after their time; all else stays', async () => {
  await stored('refused_long_ago', '2026-01-01');
  await stored('first', '2026-01-02');
  await stored('decided', '2026-01-03');
  await stored('superseded', '2026-01-04');
  await stored('superseded_lately', '2026-01-05');
  await stored('before_it', '2026-01-06');
  await stored('in_force', '2026-01-07');
  await stored('refused_lately', '2026-07-01');
  await activated('first', '2026-01-02');
  await activated('decided', '2026-01-03');
  await activated('superseded', '2026-01-04');
  await activated('superseded_lately', '2026-01-05');
  await activated('before_it', '2026-06-02');
  await activated('in_force', '2026-06-03');
  await ledger.append(refusedBy('decided', true));
  // The floor refused it: nothing to replay.
  await ledger.append(refusedBy('superseded', false));

  const options = { before: CUTOFF, actor };
  const all = await left();
  assert.equal(await prunePolicies(owner, { ...options, dryRun: true }), 3);
  assert.deepEqual(await left(), all);
  assert.equal(await prunePolicies(owner, options), 3);
  assert.deepEqual(await left(), ['decided', 'superseded_lately', 'before_it', 'in_force', 'refused_lately']);

  const { rows } = await cluster.sql("SELECT body FROM entry WHERE kind = 'policies_pruned'", 'ledger');
  assert.deepEqual(
    rows.map(({ body }) => JSON.parse(body)).map(({ before, contents, actor }) => ({ before, contents, actor })),
    [
      {
        before: CUTOFF.toISOString(),
        contents: ['refused_long_ago', 'first', 'superseded'].map((name) => contentHashOf(policy(name))),
        actor,
      },
    ],
  );
  const history = await revisions.history(10);
  assert.deepEqual(
    history.map(({ summary, content }) => [summary, content !== null]),
    [
      ['in_force', true],
      ['before_it', true],
      ['superseded_lately', true],
      ['superseded', false],
      ['decided', true],
      ['first', false],
    ],
    'who activated what, and when, stays',
  );
  assert.equal(await revisions.files({ revision: revisionOf(policy('first')) }), null);
  assert.equal(await prunePolicies(owner, options), 0);
  assert.deepEqual((await verifyLedger(owner)).problems, []);
});

test('the two newest stay whatever their age, and what a decision needs as long as it is recorded', async () => {
  const before = new Date('2030-01-01T00:00:00Z');
  assert.equal(await prunePolicies(owner, { before, actor }), 2);
  assert.deepEqual(await left(), ['decided', 'before_it', 'in_force']);
});

test('what a rollback goes back to stays, also when the one in force was activated again with other tests', async () => {
  const before = new Date('2030-01-01T00:00:00Z');
  for (const tests of ['one', 'two']) {
    const { content, revision } = await revisions.store(
      new Map([...policy('in_force'), ['a_test.rego', `package ${tests}`]]),
    );
    assert.equal(revision, revisionOf(policy('in_force')));
    await cluster.sql(
      `UPDATE policy_revision SET stored_at = '2026-01-07' WHERE content = '${content}';
       INSERT INTO policy_activation (revision, content, activated_at) VALUES ('${revision}', '${content}', '2026-06-04')`,
      'ledger',
    );
  }
  assert.equal(await prunePolicies(owner, { before, actor }), 0);
  assert.ok((await left()).includes('before_it'));
  await cluster.sql(
    `DELETE FROM policy_activation WHERE activated_at = '2026-06-04'; DELETE FROM policy_revision WHERE files LIKE '%a_test.rego%'`,
    'ledger',
  );
});

test('one that is activated while it would be pruned stays, and so does all else', async () => {
  await stored('again', '2026-01-08');
  await stored('never', '2026-01-09');
  const activating = new pg.Client(connection);
  await activating.connect();
  try {
    await activating.query("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('sudoql policy activation', 0))");
    const content = contentHashOf(policy('again'));
    await activating.query('INSERT INTO policy_activation (revision, content) VALUES ($1, $2)', [
      revisionOf(policy('again')),
      content,
    ]);
    const pruning = prunePolicies(owner, { before: CUTOFF, actor }).then(
      () => null,
      (error: unknown) => error,
    );
    while ((await cluster.sql('SELECT FROM pg_locks WHERE NOT granted', 'ledger')).rowCount === 0);
    await activating.query('COMMIT');
    assert.ok((await pruning) instanceof PruneRefused);
  } finally {
    await activating.end();
  }
  assert.deepEqual(await left(), ['decided', 'before_it', 'in_force', 'again', 'never']);
  assert.equal(await prunePolicies(owner, { before: CUTOFF, actor }), 1);
});

test('the gateway’s login cannot prune them', async () => {
  await stored('stays', '2026-01-08');
  await assert.rejects(prunePolicies(connection, { before: CUTOFF, actor }), { code: '42501' });
  assert.ok((await left()).includes('stays'));
});
