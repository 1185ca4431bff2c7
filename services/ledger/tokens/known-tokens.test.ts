import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKnownTokens } from './known-tokens.ts';
import { LedgerUnavailable } from '../ledger.ts';
import type { Authenticated, Tokens } from './tokens.ts';

const ana: Authenticated = {
  principal: { id: 'ana', email: null, groups: [], kind: 'human', elevate: 'in-band' },
  token: 'tok_1',
  expiresAt: new Date(100_000),
};
const unavailable = (act: Promise<unknown>) => assert.rejects(act, LedgerUnavailable);

function stage(most = 500) {
  const world = { now: 1_000, confirmedAt: 1_000 as number | null, away: false, live: true };
  const watched = new Map<string, Set<() => void>>();
  const tokens = {
    scram: async (user: string) => {
      if (world.away) throw new LedgerUnavailable('away');
      const candidates = user === 'ana' && world.live ? [candidate] : [];
      return { salt: Buffer.alloc(16), iterations: 4_096, candidates };
    },
    bearer: async (token: string) => {
      if (world.away) throw new LedgerUnavailable('away');
      return token.startsWith('ana') && world.live ? ana : null;
    },
  } as unknown as Tokens;
  const candidate = { storedKey: Buffer.alloc(32), serverKey: Buffer.alloc(32), who: ana };
  const known = makeKnownTokens({
    tokens,
    heartbeat: {
      watchToken: (id, ended) => {
        const all = watched.get(id) ?? new Set();
        const listener = () => ended('revoked');
        watched.set(id, all.add(listener));
        return () => void all.delete(listener);
      },
      get confirmedAt() {
        return world.confirmedAt;
      },
    },
    graceMs: 10_000,
    clock: { now: () => new Date(world.now), monotonic: () => world.now },
    most,
  });
  const watchers = () => [...watched.values()].reduce((sum, all) => sum + all.size, 0);
  return {
    world,
    known,
    watchers,
    /** An answered beat; `revoked` is what it tells. */
    beat: (now: number, revoked = false) => {
      world.now = world.confirmedAt = now;
      if (revoked) for (const listener of watched.get('tok_1') ?? []) listener();
    },
  };
}

test('while the ledger is out of reach a token that was seen lately does for the grace, and no longer', async () => {
  const { world, known, beat } = stage();
  await known.scram('ana');
  await known.bearer('ana:1');
  beat(1_250);
  world.away = true;
  world.now = 11_000;
  assert.equal((await known.scram('ana')).candidates.length, 1);
  assert.equal(await known.bearer('ana:1'), ana);
  await unavailable(known.scram('ben'));
  await unavailable(known.bearer('ana:2'));
  world.now = 11_251;
  await unavailable(known.scram('ana'));
  await unavailable(known.bearer('ana:1'));
});

test('a token that was revoked before the ledger went away does not, nor one that no beat has looked at, nor one that expired', async () => {
  const { world, known, beat } = stage();
  world.now = 2_000;
  await known.scram('ana');
  world.away = true;
  await unavailable(known.scram('ana'));
  world.away = false;
  await known.scram('ana');
  await known.bearer('ana:1');
  beat(2_500, true);
  world.away = true;
  assert.deepEqual((await known.scram('ana')).candidates, []);
  assert.equal(await known.bearer('ana:1'), null);
  world.away = false;
  await known.scram('ana');
  beat(99_999);
  world.away = true;
  assert.equal((await known.scram('ana')).candidates.length, 1);
  world.now = 100_001;
  assert.deepEqual((await known.scram('ana')).candidates, []);
});

test('what the ledger says is gone is forgotten, and what is remembered is bounded', async () => {
  const { world, known, watchers, beat } = stage(2);
  for (let n = 0; n < 10; n++) await known.bearer(`ana:${n}`);
  for (let n = 0; n < 10; n++) await known.scram('ana');
  assert.equal(watchers(), 3);
  world.live = false;
  await known.scram('ana');
  await known.bearer('ana:9');
  await known.bearer('ana:8');
  assert.equal(watchers(), 0);
  beat(1_500);
  world.away = true;
  await unavailable(known.scram('ana'));
});
