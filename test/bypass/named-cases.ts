// Each case of the corpus as a test of its own, so that one can be picked: `npm test -- bypass --name cast/io`. One in seven a day, in a
// week all of them: helpers/sample.ts.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import pg from 'pg';
import { sampled } from '../helpers/sample.ts';
import { until } from '../helpers/until.ts';
import type { OpenWay } from './gateway.ts';
import {
  type CorpusOptions,
  type Kind,
  makePlayer,
  type Outcome,
  type Player,
  playsOf,
  reportOf,
} from './run-corpus.ts';
import type { Run } from './runs.ts';

/** Beside what the corpus is told: how the way is opened, for all cases of one kind, and what is to be done after them. */
export interface NamedOptions extends CorpusOptions {
  open(): Promise<OpenWay>;
  close?(): Promise<void>;
}

/** Has no factor in common with `extendedEvery`: each case comes to be played by both protocols. */
const SAMPLE = 7;

/** Declares the tests of `run`. `sentences`: what holds for each case of a kind, by the promise that it belongs to. */
export async function testCases(
  run: Pick<Run, 'fails'>,
  sentences: Partial<Record<Kind, string>>,
  { open, close, ...options }: NamedOptions,
): Promise<void> {
  const { together = 1 } = options;
  const cases = sampled(await playsOf(options), SAMPLE);
  for (const kind of ['refused', 'allowed'] as const) {
    const its = cases.filter(([first]) => first?.kind === kind);
    if (its.length === 0) continue;
    // As many at once as are played together.
    describe(`${sentences[kind]}`, { concurrency: together }, () => {
      let opened: Promise<{ way: OpenWay; player: Player }> | undefined;
      const player = async () => {
        // By the first that is played: of tests that are picked by name there may be none here.
        opened ??= patiently(async () => {
          const way = await open();
          await warm(way);
          return { way, player: makePlayer(way, together) };
        });
        return (await opened).player;
      };
      after(async () => {
        if (!opened) return;
        const { way, player } = await opened;
        await player.close();
        await way.close();
        await close?.();
        assert.deepEqual(way.faults, [], 'no case is a fault of the gateway');
      });
      for (const plays of its)
        test(`${plays[0]?.case.name}`, async () => {
          const { play } = await player();
          const outcomes = await Promise.all(plays.map(play));
          assert.equal(run.fails(reportOf(outcomes)), 0, told(outcomes, plays[0]?.case.why));
        });
    });
  }
}

/** Until what the first statement needs is there, the target's catalogue above all, however long that takes. */
async function warm(way: OpenWay): Promise<void> {
  await until('a statement is answered', async () => {
    const client = new pg.Client(way.client);
    client.on('error', () => {});
    await client.connect();
    return client
      .query('SELECT 1')
      .then(() => true)
      .catch(() => false)
      .finally(() => client.end());
  });
}

const told = (outcomes: Outcome[], why = '') =>
  [
    why,
    ...outcomes.map(({ protocol, errors, bySudoql, harm }) => JSON.stringify({ protocol, errors, bySudoql, harm })),
  ].join('\n');

/** On a loaded machine a first elevation may meet the ledger's deadline: opening is tried again, the cases are not. */
async function patiently<T>(act: () => Promise<T>, tries = 5): Promise<T> {
  return act().catch((error: unknown) => {
    if (tries <= 1) throw error;
    return patiently(act, tries - 1);
  });
}
