// Promise 6 under kills: whatever is taken away while transactions and autocommitted statements run, at moments that a seed chooses, each row in
// the target has its intent in the record at that very moment, and in the end every intent has its outcome. A row carries its statement's mark,
// and the statement names a table alias by it, which the record keeps as it keeps no literal.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { makeRandom, type Random } from '../fuzz/random.ts';
import { assertSettled } from '../helpers/assert-ledger.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { amount } from '../helpers/sample.ts';
import { until } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const CLIENTS = 4;
/** Of each fault, for the seed changes: enough to see it once. */
const ROUNDS = amount(1, 3);
const PATIENCE_MS = 60_000;

let whole: Whole;
before(async () => {
  whole = await startWhole();
  await whole.onTarget(
    'CREATE TABLE marked (mark text); GRANT SELECT, INSERT ON marked TO shop_writer; GRANT SELECT ON marked TO shop_reader',
  );
});
after(() => whole?.remove());

let marks = 0;
const insert = () => {
  const mark = `m${++marks}_`;
  return `INSERT INTO marked AS ${mark} (mark) VALUES ('${mark}')`;
};

type Shape = (client: pg.Client, random: Random) => Promise<unknown>;
const SHAPES: readonly [Shape, ...Shape[]] = [
  (client) => client.query(insert()),
  (client) => client.query(`${insert()}; ${insert()}`),
  (client) => client.query(`BEGIN; ${insert()}; COMMIT; ${insert()}`),
  (client, random) => client.query(new Pipeline(Array.from({ length: 1 + random.below(9) }, insert))).done,
  (client) => client.query(new Pipeline([insert(), 'BEGIN', insert(), 'COMMIT', insert()])).done,
  async (client, random) => {
    await client.query('BEGIN');
    for (let left = 1 + random.below(5); left > 0; left--) await client.query(insert());
    await client.query(random.chance(0.8) ? 'COMMIT' : 'ROLLBACK');
  },
  async (client) => {
    await client.query('BEGIN');
    await client.query({ name: `n${marks}`, text: insert() });
    await client.query('SAVEPOINT s');
    await client.query(insert());
    await client.query('ROLLBACK TO s');
    await client.query('COMMIT AND CHAIN');
    await client.query(insert());
    await client.query({ name: 'end', text: 'COMMIT' });
  },
];

interface Load {
  /** Resolves when so many more shapes were played. */
  played(more: number): Promise<void>;
  stop(): Promise<void>;
}

/** Clients that play shapes, each until its connection fails, and connect again while the gateway lets them. */
function start(random: Random): Load {
  let done = 0;
  let stopped = false;
  let told = () => {};
  const one = async () => {
    while (!stopped) {
      let client: pg.Client | null = null;
      try {
        client = await whole.connect('ana');
        await client.query("SELECT sudo('kills')");
        while (!stopped) {
          await random.pick(SHAPES)(client, random);
          done++;
          told();
        }
      } catch (error) {
        // A mistake of the test's own would only look as if little had been played.
        if (error instanceof TypeError) throw error;
        // What was taken away is why it failed; a while later, the next one.
        await new Promise((resolve) => setTimeout(resolve, 50));
      } finally {
        await client?.end().catch(() => undefined);
      }
    }
  };
  const all = Promise.all(Array.from({ length: CLIENTS }, one));
  return {
    played: (more) => {
      const from = done;
      return new Promise((resolve, reject) => {
        const late = setTimeout(reject, PATIENCE_MS, new Error(`only ${done - from} of ${more} were played`));
        told = () => {
          if (done - from < more) return;
          clearTimeout(late);
          resolve();
        };
      });
    },
    stop: async () => {
      stopped = true;
      await all;
    },
  };
}

/** Rows that are in the target without their intent in the record. Rows are looked at first: what is there now was recorded before. */
async function unrecorded(): Promise<string[]> {
  const rows = (await whole.onTarget('SELECT mark FROM marked')).map(({ mark }) => String(mark));
  const recorded = new Set(
    (await whole.entries('statement_intent')).flatMap(
      ({ normalized }) => /\bm\d+_/.exec(String(normalized))?.[0] ?? [],
    ),
  );
  return rows.filter((mark) => !recorded.has(mark));
}

const FAULTS: readonly [what: string, take: () => Promise<void>, giveBack: () => Promise<void>][] = [
  [
    'the gateway is killed',
    async () => {
      const gone = new Promise((resolve) => whole.gateway.process.once('exit', resolve));
      // The gateway is in a process group of its own, with what started it.
      process.kill(-(whole.gateway.process.pid ?? 0), 'SIGKILL');
      await gone;
    },
    () => whole.start(),
  ],
  ['the ledger is cut off', async () => whole.ledger.hop.cut(), async () => whole.ledger.hop.restore()],
  ['the ledger falls silent', async () => whole.ledger.hop.blackhole(), async () => whole.ledger.hop.restore()],
  [
    'the writers are ended',
    async () =>
      void (await whole.onTarget(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop_writer'",
      )),
    async () => {},
  ],
  ['the target is cut off', async () => whole.target.hop.cut(), async () => whole.target.hop.restore()],
];

for (const [n, [what, take, giveBack]] of FAULTS.entries()) {
  test(`promise 6: ${what} under load: each row has its intent in the record, each intent its outcome (SEED=${SEED})`, async () => {
    const random = makeRandom(SEED + n);
    for (let round = 0; round < ROUNDS; round++) {
      const load = start(random);
      try {
        await load.played(5 + random.below(40));
        // Not where a shape has just ended.
        await new Promise((resolve) => setTimeout(resolve, random.below(20)));
        await take();
        assert.deepEqual(await unrecorded(), [], 'when it has been taken away');
      } finally {
        await giveBack();
      }
      await load.played(5);
      await load.stop();
      assert.deepEqual(await unrecorded(), [], 'when it is back');
    }
    await until(
      'no writer is left',
      async () => (await whole.onTarget("SELECT FROM pg_stat_activity WHERE usename = 'shop_writer'")).length === 0,
      PATIENCE_MS,
    );
    await assertSettled(whole.onLedger);
    const [written] = await whole.onTarget('SELECT count(*)::int AS rows FROM marked');
    assert.ok(Number(written?.rows) > 0, 'something was written');
    await whole.onTarget('TRUNCATE marked');
  });
}
