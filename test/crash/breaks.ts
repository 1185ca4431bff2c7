// `--break NAME`: each promise broken on purpose, in what is there or in what was seen, for the checker to find.
import type { Observed } from './observed.ts';
import type { CrashStage } from './stage.ts';

export interface Break {
  /** Of `check.ts`: what must be found broken. */
  promise: string;
  before?(stage: CrashStage, seed: number): Promise<void>;
  seen?(seen: Observed): Observed;
}

const alter =
  (change: (seen: Observed) => Partial<Observed>) =>
  (seen: Observed): Observed => ({ ...seen, ...change(seen) });

export const BREAKS: Readonly<Record<string, Break>> = {
  unrecorded: {
    promise: 'each row has its intent',
    before: async ({ whole }, seed) =>
      void (await whole.onTarget('INSERT INTO marked VALUES ($1, $2)', [`m${seed}_0_`, ''])),
  },
  'no-outcome': {
    promise: 'each intent has its outcome',
    seen: alter(({ entries }) => {
      const last = entries.findLastIndex(({ kind }) => kind === 'statement_outcome');
      return { entries: entries.filter((_, n) => n !== last) };
    }),
  },
  'lost-row': {
    promise: 'clients are told what is so',
    before: async ({ whole }) =>
      void (await whole.onTarget(
        'DELETE FROM marked WHERE ctid = (SELECT ctid FROM marked ORDER BY length(mark) DESC, mark DESC LIMIT 1)',
      )),
  },
  uncounted: {
    promise: 'the account says no less and no more',
    seen: alter(({ entries }) => ({
      entries: entries.map((entry) =>
        entry.kind === 'elevation_ended' && entry.summary
          ? { ...entry, summary: { ...entry.summary, rows: {}, unknown: undefined } as never }
          : entry,
      ),
    })),
  },
  'no-end': {
    promise: 'what was granted is recorded, and ends',
    seen: alter(({ entries }) => ({ entries: entries.filter(({ kind }) => kind !== 'elevation_ended') })),
  },
  'writer-stays': {
    promise: 'no writer is left',
    // As an elevation's writer that outlives it would be shown.
    seen: alter(({ shown }) => ({ shown: shown.map((each) => ({ ...each, last: each.last + 60_000 })) })),
  },
  untold: {
    promise: 'each start and end is told',
    seen: alter(({ webhooks }) => ({ webhooks: webhooks.filter(({ event }) => event !== 'elevation.ended') })),
  },
  'other-id': {
    promise: 'each start and end is told',
    seen: alter(({ webhooks }) => ({ webhooks: [...webhooks, ...webhooks.map((each) => ({ ...each, body: '{}' }))] })),
  },
  'out-of-order': {
    promise: 'each start and end is told',
    seen: alter(({ webhooks }) => ({ webhooks: webhooks.toReversed() })),
  },
  rewritten: {
    promise: 'the chains verify',
    before: async ({ whole }) => {
      await whole.onLedger('ALTER TABLE entry DISABLE TRIGGER USER');
      await whole.onLedger(
        `UPDATE entry SET body = replace(body, '"seconds"', '"secondz"') WHERE (chain, seq) = (
           SELECT chain, seq FROM entry WHERE kind = 'elevation_ended' ORDER BY at DESC LIMIT 1)`,
      );
      await whole.onLedger('ALTER TABLE entry ENABLE TRIGGER USER');
    },
  },
  hangs: {
    promise: 'no client waits for ever',
    seen: alter(({ calls }) => ({ calls: calls.map((call, n) => (n === 0 ? { ...call, heard: null } : call)) })),
  },
};
