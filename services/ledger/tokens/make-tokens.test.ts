import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { systemClock } from '../../contract/clock.ts';
import type { Ledger } from '../ledger.ts';
import { type LedgerPool, makeLedgerPool } from '../ledger-pool.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { looksLikeSecret, newSecret } from './token-secret.ts';
import { makeTokens, TokenRefused } from './make-tokens.ts';
import type { NewToken, Tokens } from './tokens.ts';
import { makeLedger } from '../write/make-ledger.ts';

let cluster: Cluster;
let pool: LedgerPool;
let ledger: Ledger;
let tokens: Tokens;
let ahead = 0;
const clock = { ...systemClock, now: () => new Date(Date.now() + ahead) };
before(async () => {
  cluster = await startLedgerPostgres();
  const connection = await migratedLedger(cluster);
  pool = makeLedgerPool({ connection });
  ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
  tokens = makeTokens({ pool, ledger, clock });
});
after(async () => {
  await ledger?.close();
  await pool?.close();
  await cluster?.remove();
});

const operator = { operator: 'root' };
const ana: NewToken = {
  user: 'ana',
  email: 'ana@example.com',
  kind: 'human',
  elevate: 'in-band',
  groups: ['dev'],
  lifetime: 3_600,
};
const sql = async (text: string) => (await cluster.sql(text, 'ledger')).rows;

test('a secret has 160 random bits, a prefix to find it by, and a checksum', () => {
  const secret = newSecret();
  assert.match(secret, /^sudoql_[0-9a-z]{38}$/);
  assert.ok(looksLikeSecret(secret));
  assert.notEqual(secret, newSecret());
  const typo = secret.slice(0, 10) + (secret[10] === 'a' ? 'b' : 'a') + secret.slice(11);
  assert.equal(looksLikeSecret(typo), false);
});

test('promise 10: a token authenticates, is recorded when made, and is nowhere in the ledger', async () => {
  const { id, secret, expiresAt } = await tokens.create(ana, operator);
  const who = await tokens.bearer(secret);
  assert.deepEqual(who, {
    principal: { id: 'ana', email: 'ana@example.com', groups: ['dev'], kind: 'human', elevate: 'in-band' },
    token: id,
    expiresAt,
  });
  assert.equal(await tokens.bearer(newSecret()), null);
  assert.equal(await tokens.bearer(`${secret}x`), null);
  assert.equal(await tokens.bearer("' OR true --"), null);
  const [entry] = await sql("SELECT body FROM entry WHERE kind = 'token_created'");
  assert.equal(JSON.parse(entry.body).token, id);
  const stored = JSON.stringify(await sql('SELECT t.*, (SELECT string_agg(body, $$ $$) FROM entry) FROM token t'));
  assert.ok(!stored.includes(secret));
});

test('SCRAM: all live tokens of a principal share the salt, and the verifier is that of RFC 5802', async () => {
  const { secret } = await tokens.create({ ...ana, user: 'ben' }, operator);
  await tokens.create({ ...ana, user: 'ben', elevate: 'none', groups: ['ops'] }, operator);
  const { salt, iterations, candidates } = await tokens.scram('ben');
  assert.equal(candidates.length, 2);
  const salted = pbkdf2Sync(secret, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest();
  const found = candidates.filter((candidate) => candidate.storedKey.equals(storedKey));
  assert.deepEqual(
    found.map(({ who }) => who.principal.groups),
    [['dev']],
  );
});

test('an unknown user gets a salt that stays the same on every replica, and no candidate', async () => {
  const mine = await tokens.scram('nobody');
  const theirs = await makeTokens({ pool, ledger }).scram('nobody');
  const other = await tokens.scram('nobody2');
  assert.deepEqual(mine, theirs);
  assert.equal(mine.salt.length, 16);
  assert.notDeepEqual(mine.salt, other.salt);
  assert.deepEqual(mine.candidates, []);
});

test('a revoked or expired token authenticates no more, by either way; revoking twice is one revocation', async () => {
  const one = await tokens.create({ ...ana, user: 'cleo' }, operator);
  const two = await tokens.create({ ...ana, user: 'cleo', lifetime: 7_200 }, operator);
  const answers = await Promise.all([tokens.revoke(one.id, operator), tokens.revoke(one.id, operator)]);
  assert.deepEqual(answers.toSorted(), [false, true]);
  assert.equal(await tokens.revoke('tok_unknown', operator), false);
  assert.equal(await tokens.bearer(one.secret), null);
  assert.equal((await tokens.scram('cleo')).candidates.length, 1);
  const recorded = await sql(
    `SELECT FROM entry WHERE kind = 'token_revoked' AND body::jsonb ->> 'token' = '${one.id}'`,
  );
  assert.equal(recorded.length, 1);
  ahead = 7_201_000;
  try {
    assert.equal(await tokens.bearer(two.secret), null);
    assert.deepEqual((await tokens.scram('cleo')).candidates, []);
    assert.equal(await tokens.revoke(two.id, operator), false);
  } finally {
    ahead = 0;
  }
  const listed = await tokens.list('cleo');
  assert.deepEqual(
    listed.map(({ id, revokedAt }) => [id, revokedAt !== null]),
    [
      [one.id, true],
      [two.id, false],
    ],
  );
});

test('a token that could elevate where its kind may not, or whose fields could mislead, is refused', async () => {
  const bad: Partial<NewToken>[] = [
    { kind: 'service' },
    { kind: 'agent', elevate: 'connect' },
    { user: '' },
    { user: 'ana: [write]' },
    { user: 'ana\n' },
    { user: 'a\u202ena' },
    { user: 'x'.repeat(64) },
    { email: 'ana@example.com\r\nBcc: all@example.com' },
    { email: 'not an address' },
    { groups: ['dev,security'] },
    { lifetime: 0 },
    { lifetime: Number.NaN },
    { lifetime: 1e9 },
  ];
  for (const wrong of bad) {
    await assert.rejects(tokens.create({ ...ana, ...wrong }, operator), TokenRefused, JSON.stringify(wrong));
  }
});

test('what cannot be recorded is not made', async () => {
  const before = await tokens.list();
  await sql('ALTER TABLE entry RENAME TO entry_away');
  try {
    await assert.rejects(tokens.create(ana, operator));
  } finally {
    await sql('ALTER TABLE entry_away RENAME TO entry');
  }
  assert.deepEqual(await tokens.list(), before);
});
