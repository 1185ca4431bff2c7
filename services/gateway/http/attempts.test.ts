import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeAttempts } from './attempts.ts';

/** Attempts with a clock that the test moves. */
function setUp() {
  let now = 0;
  const attempts = makeAttempts({ now: () => new Date(now), monotonic: () => now });
  const fail = (address: string, times: number) => {
    for (let i = 0; i < times; i++) attempts.failed(address);
  };
  return { attempts, fail, pass: (ms: number) => (now += ms) };
}

test('an address that guesses is refused before its token is looked up, for the rest of a minute', () => {
  const { attempts, fail, pass } = setUp();
  fail('198.51.100.7', 19);
  assert.equal(attempts.refuses('198.51.100.7', 'guess'), null);
  fail('198.51.100.7', 1);
  assert.equal(attempts.refuses('198.51.100.7', 'guess'), 60);
  assert.equal(attempts.refuses('198.51.100.8', 'guess'), null);
  pass(59_000);
  assert.equal(attempts.refuses('198.51.100.7', 'guess'), 1);
  pass(1_000);
  assert.equal(attempts.refuses('198.51.100.7', 'guess'), null);
});

test('a token that was good from the same address lately is let through', () => {
  const { attempts, fail } = setUp();
  attempts.succeeded('198.51.100.7', 'good');
  fail('198.51.100.7', 50);
  assert.equal(attempts.refuses('198.51.100.7', 'good'), null);
  assert.notEqual(attempts.refuses('198.51.100.7', 'other'), null);
  fail('198.51.100.9', 50);
  assert.notEqual(attempts.refuses('198.51.100.9', 'good'), null, 'good from elsewhere is not good here');
});

test('IPv6 addresses of one /64 count together, and a mapped IPv4 address counts as itself', () => {
  const { attempts, fail } = setUp();
  for (let i = 1; i <= 20; i++) attempts.failed(`2001:db8:1:2::${i.toString(16)}`);
  assert.notEqual(attempts.refuses('2001:db8:1:2:ffff::1', 'x'), null);
  assert.equal(attempts.refuses('2001:db8:1:3::1', 'x'), null);
  fail('::ffff:203.0.113.5', 20);
  assert.notEqual(attempts.refuses('203.0.113.5', 'x'), null);
});
