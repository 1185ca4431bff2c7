import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientFinal } from '../../../test/helpers/raw-client.ts';
import { ProtocolViolation } from './frames.ts';
import { SCRAM, SCRAM_PLUS, ScramExchange } from './scram.ts';
import { verifier } from './toys.ts';

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const candidates = (...secrets: string[]) => ({
  salt,
  iterations: 4096,
  candidates: secrets.map((secret) => verifier(secret, salt, 4096, 'ana')),
});
const binding = Buffer.alloc(32, 5);
const bare = 'n=*,r=abc';

test('the exchange of RFC 7677 gives its own answers', () => {
  const exchange = new ScramExchange(candidates('pencil'), null, () => '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0');
  assert.equal(
    exchange.first(SCRAM, 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO'),
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  );
  const result = exchange.final(
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  );
  assert.ok(result.ok);
  assert.equal(result.serverFinal, 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('each token of a principal works, and says which it was', () => {
  for (const [secret, id] of [
    ['one', 'ana: 3'],
    ['three', 'ana: 5'],
  ] as const) {
    const exchange = new ScramExchange(candidates('one', 'three'), null);
    const result = exchange.final(clientFinal(secret, bare, exchange.first(SCRAM, `n,,${bare}`)));
    assert.equal(result.ok && result.who.token, id);
  }
});

test('a wrong token and a user without any fail alike', () => {
  for (const known of [candidates('right'), candidates()]) {
    const exchange = new ScramExchange(known, null);
    const result = exchange.final(clientFinal('wrong', bare, exchange.first(SCRAM, `n,,${bare}`)));
    assert.deepEqual(result, { ok: false, why: 'token' });
  }
});

test('a client that saw another certificate is refused though its token is right', () => {
  const exchange = new ScramExchange(candidates('right'), binding);
  const header = 'p=tls-server-end-point,,';
  const first = exchange.first(SCRAM_PLUS, `${header}${bare}`);
  assert.deepEqual(exchange.final(clientFinal('right', bare, first, `${header}other`)), { ok: false, why: 'binding' });
});

test('a gs2 header that is other at the end than at the beginning is refused', () => {
  const exchange = new ScramExchange(candidates('right'), null);
  const first = exchange.first(SCRAM, `n,,${bare}`);
  assert.deepEqual(exchange.final(clientFinal('right', bare, first, 'y,,')), { ok: false, why: 'binding' });
});

const firsts: [string, string, string, Buffer | null][] = [
  ['`y` where PLUS was offered: a downgrade', SCRAM, `y,,${bare}`, binding],
  ['PLUS where it was not offered', SCRAM_PLUS, `p=tls-server-end-point,,${bare}`, null],
  ['PLUS without a binding', SCRAM_PLUS, `n,,${bare}`, binding],
  ['a binding without PLUS', SCRAM, `p=tls-server-end-point,,${bare}`, binding],
  ['another kind of binding', SCRAM_PLUS, `p=tls-unique,,${bare}`, binding],
  ['an identity to act as', SCRAM, `n,a=ben,${bare}`, null],
  ['a mandatory extension', SCRAM, `n,,m=x,${bare}`, null],
  ['another mechanism', 'SCRAM-SHA-1', `n,,${bare}`, null],
  ['an empty nonce', SCRAM, 'n,,n=*,r=', null],
  ['nothing', SCRAM, '', null],
];
for (const [what, mechanism, text, bound] of firsts) {
  test(`a first message with ${what} is a protocol violation`, () => {
    assert.throws(() => new ScramExchange(candidates('right'), bound).first(mechanism, text), ProtocolViolation);
  });
}

test('a client that could bind but saw no offer is welcome where there was none', () => {
  const exchange = new ScramExchange(candidates('right'), null);
  assert.ok(exchange.final(clientFinal('right', bare, exchange.first(SCRAM, `y,,${bare}`), 'y,,')).ok);
});

test('a final message with another nonce, no proof or a short one is a protocol violation', () => {
  const attempt = (change: (final: string) => string) => () => {
    const exchange = new ScramExchange(candidates('right'), null);
    return exchange.final(change(clientFinal('right', bare, exchange.first(SCRAM, `n,,${bare}`))));
  };
  assert.throws(
    attempt((final) => final.replace('r=abc', 'r=abd')),
    ProtocolViolation,
  );
  assert.throws(
    attempt((final) => final.replace(/,p=.*/, '')),
    ProtocolViolation,
  );
  assert.throws(
    attempt((final) => final.replace(/,p=.*/, ',p=AAAA')),
    ProtocolViolation,
  );
  assert.ok(attempt((final) => final)().ok);
});
