// What is in the ledger after something was done, in short words, to be compared whole: nothing more, nothing less.
import assert from 'node:assert/strict';
import type { EntryDraft } from '../../services/ledger/entry/entry.ts';
import { type Entry, spread } from './entries.ts';
import { until } from './until.ts';

/** Asks the ledger's database. */
export type OnLedger = (text: string) => Promise<Record<string, unknown>[]>;

/**
 * Runs `act`, which opens sessions and closes them, and asserts that the ledger holds exactly `expected` of them, in this
 * order: words as `word` makes them, without the sessions' own start and end; a pattern where either of several is right.
 */
export async function assertLedger<T>(
  onLedger: OnLedger,
  expected: (string | RegExp)[],
  act: () => Promise<T>,
): Promise<T> {
  const before = new Set((await all(onLedger)).map(({ place }) => place));
  const result = await act();
  const found = await until('the sessions have ended in the ledger', async () => {
    const entries = (await all(onLedger)).filter(({ place }) => !before.has(place)).map(({ entry }) => entry);
    const started = ids(entries, 'session_started', 'session');
    // Of a session before, an outcome may still come.
    const own = entries.filter((entry) => 'session' in entry && started.has(entry.session));
    return started.size > 0 && unsettled(own).length === 0 ? own : null;
  });
  const words = found.map(word).filter((each) => each !== '');
  assert.deepEqual(
    words,
    expected.map((each, n) => (typeof each === 'string' ? each : each.test(words[n] ?? '') ? words[n] : String(each))),
  );
  return result;
}

/** Every intent has its outcome, and every outcome its intent; every elevation and every session its end. */
export async function assertSettled(onLedger: OnLedger): Promise<void> {
  const open = async () => unsettled((await all(onLedger)).map(({ entry }) => entry));
  await until('everything is settled', async () => (await open()).length === 0).catch(() => undefined);
  assert.deepEqual(await open(), []);
}

function unsettled(entries: EntryDraft[]): string[] {
  const [intents, outcomes] = [
    ids(entries, 'statement_intent', 'statement'),
    ids(entries, 'statement_outcome', 'statement'),
  ];
  const unended = (what: 'elevation' | 'session') =>
    [...ids(entries, `${what}_started`, what).difference(ids(entries, `${what}_ended`, what))].map(
      (id) => `${what} ${id} has no end`,
    );
  return [
    ...[...intents.difference(outcomes)].map((id) => `statement ${id} has no outcome`),
    ...[...outcomes.difference(intents)].map((id) => `outcome ${id} has no intent`),
    ...unended('elevation'),
    ...unended('session'),
  ];
}

function ids(entries: EntryDraft[], kind: EntryDraft['kind'], key: string): Set<unknown> {
  return new Set(
    entries.flatMap((entry) =>
      entry.kind === kind ? [Object.entries(entry).find(([name]) => name === key)?.[1]] : [],
    ),
  );
}

async function all(onLedger: OnLedger): Promise<{ place: string; entry: EntryDraft }[]> {
  const rows = await onLedger('SELECT chain, seq, body FROM entry ORDER BY at, chain, seq');
  const entries = rows.map(({ body }) => (typeof body === 'string' ? JSON.parse(body) : body) as Entry);
  return spread(entries).map((entry) => ({ place: `${entry.chain} ${entry.seq}`, entry }));
}

function word(entry: EntryDraft): string {
  switch (entry.kind) {
    case 'statement_intent':
      return `${entry.mode} ${entry.type}`;
    case 'statement_outcome':
      return entry.result === 'ok' ? `ok ${entry.rows ?? '-'}` : `${entry.result} ${entry.sqlstate ?? '-'}`;
    case 'statement_refused':
      return `refused ${entry.type ?? '-'} ${entry.code}`;
    case 'elevation_started':
      return `sudo ${entry.reason}`;
    case 'elevation_extended':
      return `sudo again ${entry.reason}`;
    case 'elevation_refused':
      return `sudo refused ${entry.codes.join(' ')}`;
    case 'elevation_ended':
      return `end ${entry.why}`;
    default:
      return '';
  }
}
