// Promise 7, as the attacker who owns the ledger's database would try it.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { canonical } from './canonical.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { printVerification } from './print-verification.ts';
import { hashOf } from './seal.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import type { Verification } from './verify.ts';
import { verifyTwice } from '../../../test/helpers/verify-twice.ts';
import { makeLedger } from '../write/make-ledger.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
/** Two chains; the second names the first as its predecessor and anchored nothing else. */
let chains: [string, string];
let firstHead: string;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await migratedLedger(cluster);
  chains = ['', ''];
  for (const index of [0, 1] as const) {
    const ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
    await ledger.ready;
    for (let n = 1; n <= 10; n++) await ledger.append(ended(n));
    chains[index] = ledger.chain;
    firstHead ||= ledger.head?.hash ?? '';
    await ledger.close();
  }
  await cluster.sql('CREATE DATABASE untouched TEMPLATE ledger STRATEGY FILE_COPY');
});
after(() => cluster?.remove());

const ended = (n: number): EntryDraft => ({
  kind: 'session_ended',
  session: 's',
  principal: 'ana',
  target: 'shop',
  why: `reason ${n}`,
  statements: n,
});

/** Verifies a fresh copy of the ledger after `tamper` has been at it with the owner's rights. */
async function tampered(
  tamper: (sql: (text: string, values?: unknown[]) => Promise<pg.QueryResult>) => Promise<unknown>,
  heads: string[] = [],
): Promise<Verification> {
  await cluster.sql('DROP DATABASE IF EXISTS copy');
  await cluster.sql('CREATE DATABASE copy TEMPLATE untouched STRATEGY FILE_COPY');
  await tamper((statement, values) => cluster.sql(statement, 'copy', values));
  return verifyTwice({ connectionString: cluster.url('copy') }, { heads });
}
const first = ({ ok, problems: [problem] }: Verification) => {
  assert.equal(ok, false);
  return { chain: problem?.chain, seq: problem?.seq };
};

test('promise 7: an untouched ledger is whole, for the auditor too, and a head that left the house is found', async () => {
  const result = await verifyTwice(
    { ...connection, user: 'sudoql_auditor', password: 'for tests: auditor' },
    { heads: [firstHead.toUpperCase()] },
  );
  assert.deepEqual(result.problems, []);
  assert.equal(result.chains, 2);
  assert.equal(result.heads[0]?.chain, chains[0]);
});

test('promise 7: a changed text is named, with its hash made to fit or not', async () => {
  const change = `UPDATE entry SET body = replace(body, 'reason 5', 'reason x') WHERE chain = $1 AND seq = 6`;
  const rehash = "UPDATE entry SET hash = encode(sha256(convert_to(body, 'UTF8')), 'hex') WHERE chain = $1 AND seq = 6";
  const plain = await tampered((sql) => sql(change, [chains[0]]));
  assert.deepEqual(first(plain), { chain: chains[0], seq: 6 });
  const rehashed = await tampered(async (sql) => {
    await sql(change, [chains[0]]);
    await sql(rehash, [chains[0]]);
  });
  assert.deepEqual(first(rehashed), { chain: chains[0], seq: 7 });
});

test('promise 7: the last entry changed, with its hash not made to fit', async () => {
  const result = await tampered((sql) =>
    sql(
      `UPDATE entry SET body = replace(body, '"gateway_stopped"', '"gateway_stoppee"')
       WHERE chain = $1 AND kind = 'gateway_stopped'`,
      [chains[1]],
    ),
  );
  assert.equal(first(result).chain, chains[1]);
});

test('promise 7: an entry removed in the middle, or the first one', async () => {
  const middle = await tampered((sql) => sql('DELETE FROM entry WHERE chain = $1 AND seq = 4', [chains[1]]));
  assert.deepEqual(first(middle), { chain: chains[1], seq: 5 });
  const start = await tampered((sql) => sql('DELETE FROM entry WHERE chain = $1 AND seq = 1', [chains[1]]));
  assert.deepEqual(first(start), { chain: chains[1], seq: 2 });
});

test('promise 7: a tail cut off is found by the successor that named it, or by a head from a notice', async () => {
  const cut = (chain: string) => (sql: (text: string, values?: unknown[]) => Promise<unknown>) =>
    sql('DELETE FROM entry WHERE chain = $1 AND seq > 5', [chain]);
  const named = await tampered(cut(chains[0]));
  assert.equal(first(named).chain, chains[0]);
  assert.match(named.problems[0]?.what ?? '', /missing/);
  const { rows } = await cluster.sql('SELECT hash FROM entry WHERE chain = $1 ORDER BY seq DESC LIMIT 1', 'ledger', [
    chains[1],
  ]);
  const head = String(rows[0]?.hash);
  assert.equal((await tampered(cut(chains[1]))).ok, true, 'nothing inside the ledger can show this');
  const shown = await tampered(cut(chains[1]), [head]);
  assert.equal(shown.ok, false);
  assert.ok(shown.problems[0]?.what.includes(head));
});

test('promise 7: a whole chain removed', async () => {
  const result = await tampered((sql) => sql('DELETE FROM entry WHERE chain = $1', [chains[1]]));
  assert.equal(first(result).chain, chains[1]);
  const named = await tampered(async (sql) => {
    await sql('DELETE FROM entry WHERE chain = $1', [chains[0]]);
    await sql('DELETE FROM chain WHERE chain = $1', [chains[0]]);
  });
  assert.equal(first(named).chain, chains[0]);
});

test('promise 7: two entries that changed places', async () => {
  const result = await tampered(async (sql) => {
    const swap = (from: number, to: number) =>
      sql(
        `UPDATE entry SET body = replace(body, $2, $3), hash = encode(sha256(convert_to(replace(body, $2, $3), 'UTF8')), 'hex')
         WHERE chain = $1 AND body LIKE '%' || $2 || '%'`,
        [chains[0], `"seq":${from},`, `"seq":${to},`],
      );
    await swap(4, 400);
    await swap(5, 4);
    await swap(400, 5);
  });
  assert.deepEqual(first(result), { chain: chains[0], seq: 4 });
});

test('promise 7: an entry forged into a chain, at its end or beside another', async () => {
  const forge = (seq: number, more: object = {}) => {
    const at = '2030-01-01T00:00:00.000Z';
    const body = canonical({ ...ended(1), at, chain: chains[0], previous_hash: firstHead, seq, ...more });
    return (sql: (text: string, values?: unknown[]) => Promise<unknown>) =>
      sql('INSERT INTO entry (at, body, hash) VALUES ($1, $2, $3)', [at, body, hashOf(body)]);
  };
  assert.deepEqual(first(await tampered(forge(5))), { chain: chains[0], seq: 5 });
  assert.deepEqual(first(await tampered(forge(13))), { chain: chains[0], seq: 13 });
  const begun = { kind: 'gateway_started', chain: 'forged', previous_hash: '0'.repeat(64), predecessor: null };
  assert.equal(first(await tampered(forge(1, begun))).chain, 'forged');
});

test('promise 7: columns that were made to say something else than the text', async () => {
  const lies = [
    "principal = 'ben'",
    "kind = 'chain_anchor'",
    "elevation = 'e'",
    "session = 's' || session",
    'statement = NULL',
  ];
  for (const lie of lies) {
    const what = await tampered((sql) => sql(`UPDATE entry SET ${lie} WHERE chain = $1 AND seq = 3`, [chains[0]]));
    if (lie.startsWith('statement')) assert.equal(what.ok, true, 'it had none');
    else assert.deepEqual(first(what), { chain: chains[0], seq: 3 }, lie);
  }
  const moved = await tampered((sql) =>
    sql("UPDATE entry SET at = at + interval '1 ms' WHERE chain = $1 AND seq = 3", [chains[0]]),
  );
  assert.deepEqual(first(moved), { chain: chains[0], seq: 3 });
});

test('promise 7: entries hidden behind a checkpoint that no pruning recorded', async () => {
  const result = await tampered(async (sql) => {
    const { rows } = await sql('SELECT hash FROM entry WHERE chain = $1 AND seq = 4', [chains[1]]);
    await sql('DELETE FROM entry WHERE chain = $1 AND seq <= 4', [chains[1]]);
    await sql("INSERT INTO chain_checkpoint VALUES ($1, 4, $2, '1999-01-01')", [chains[1], rows[0]?.hash]);
  });
  assert.equal(result.ok, false);
});

test('the result reads as plain words, and as one JSON document', async () => {
  const result = await tampered((sql) => sql('DELETE FROM entry WHERE chain = $1 AND seq = 4', [chains[1]]));
  const print = async (of: Verification, json: boolean) => {
    const out = new PassThrough();
    printVerification(of, out, { json });
    out.end();
    return text(out);
  };
  assert.match(
    await print(result, false),
    new RegExp(`ALTERED[^]*chain ${chains[1]}, entry 5, [^]*entry 4 before it is missing`),
  );
  assert.deepEqual(JSON.parse(await print(result, true)), result);
  assert.match(await print({ ...result, ok: true, problems: [] }, false), /whole: \d+ entries in 2 chains/);
});

test('promise 7: a ledger that was lost and restored from an older copy goes on, and what it lost is named by a head that had left', async () => {
  const drill = await migratedLedger(cluster, 'drill');
  /** One process from start to end; the head that a notice of its last entry would have. */
  const life = async (...numbers: number[]): Promise<string> => {
    const ledger = makeLedger({ connection: drill, replica: 'r', version: 'test', graceMs: 1_000 });
    await ledger.ready;
    for (const n of numbers) await ledger.append(ended(n));
    const head = ledger.head?.hash ?? '';
    await ledger.close();
    return head;
  };
  const verified = (...heads: string[]) => verifyTwice({ connectionString: cluster.url('drill') }, { heads });

  const before = await life(1, 2);
  await cluster.sql('CREATE DATABASE dump TEMPLATE drill STRATEGY FILE_COPY');
  const after = await life(3);
  await cluster.sql('DROP DATABASE drill');
  await cluster.sql('CREATE DATABASE drill TEMPLATE dump STRATEGY FILE_COPY');

  assert.equal((await verified(before)).ok, true);
  const lost = await verified(before, after);
  assert.match(lost.problems.map(({ what }) => what).join(), new RegExp(after));
  assert.doesNotMatch(lost.problems.map(({ what }) => what).join(), new RegExp(before));

  const again = await life(4);
  assert.equal((await verified(before, again)).ok, true);
  assert.equal((await verified(after)).ok, false);
});
