// One run: load, faults, and the wait until all that was left open is settled; then what was seen is judged.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { makeRandom } from '../fuzz/random.ts';
import { type Entry, spread } from '../helpers/entries.ts';
import { verifyTwice } from '../helpers/verify-twice.ts';
import type { Break } from './breaks.ts';
import { check, markOf, reachable, WITHIN } from './check.ts';
import { type Faults, startFaults } from './faults.ts';
import { startLoad } from './load.ts';
import type { Delivered, Glimpse, Observed } from './observed.ts';
import type { CrashStage } from './stage.ts';
import { watchWriters } from './watch-writers.ts';

/** What is measured of a run. Times in milliseconds. */
export interface Figures {
  elevations: number;
  statements: number;
  rows: number;
  calls: number;
  /** Results that the record has as `unknown`. */
  unknown: number;
  /** Messages that came again under their id. */
  repeats: number;
  /** From all being back to the record being whole, and to everybody having been told. */
  recorded: number;
  told: number;
  /** The longest that a writer stood after its end, and that a client waited. */
  writer: number;
  answer: number;
  /** What the machine took beyond what was asked of it, at most. */
  slow: number;
}

export interface Played {
  findings: string[];
  /** What clients heard, and how often: `ok`, `lost`, an SQLSTATE with what they had asked. */
  said: Record<string, number>;
  faults: string[];
  figures: Figures;
}

/** What there is to wait for once all is back; everything else holds already, or never will. */
const SETTLES = /^(each intent has its outcome|what was granted is recorded|each start and end is told)/;

/** `happens`: what is done to it meanwhile; unless it is said, faults of the seed's choice. */
export async function playRun(
  stage: CrashStage,
  seed: number,
  broken: Break | null,
  happens?: (glimpse: (when: string) => Promise<void>) => Faults,
): Promise<Played> {
  const { whole } = stage;
  const random = makeRandom(seed);
  const began = Date.now() - 1;
  const [mailsBefore, hooksBefore] = [whole.mailbox.mails.length, whole.receiver.webhooks.length];
  const rows = async () => {
    const found = await whole.onTarget('SELECT mark, reason FROM marked WHERE starts_with(mark, $1)', [`m${seed}_`]);
    return new Map(found.map(({ mark, reason }) => [String(mark), String(reason)]));
  };
  const entries = async (): Promise<Entry[]> => {
    const text = 'SELECT body FROM entry WHERE at >= $1 ORDER BY at, chain, seq';
    return spread((await whole.onLedger(text, [new Date(began)])).map(({ body }) => JSON.parse(String(body)) as Entry));
  };
  const glimpses: Glimpse[] = [];
  const glimpse = async (when: string) => {
    // Rows first: what is there now was recorded before. Away itself: another time.
    const there = await rows().catch(() => null);
    if (there === null) return;
    const recorded = await recordedMarks(stage, began).catch(() => null);
    if (recorded) glimpses.push({ when, rows: [...there.keys()], recorded });
  };

  const writers = watchWriters(whole.target.cluster);
  const load = startLoad(stage, random, seed, { write: 5 + random.below(4), read: 2 });
  const faults = happens?.(glimpse) ?? startFaults(stage, random, { faults: random.below(4), glimpse });
  await sleep(4_500);
  await faults.over();
  // Not all of it into the faults: what follows them is to work.
  await sleep(500);
  await load.stop();
  await broken?.before?.(stage, seed);
  const up = performance.now();

  const observe = async (): Promise<Observed> => {
    const { shown, slowest } = writers;
    const seen: Observed = {
      ...load.seen,
      rows: await rows(),
      glimpses,
      entries: await entries(),
      shown: [...shown.values()],
      windows: faults.windows,
      webhooks: whole.receiver.webhooks
        .slice(hooksBefore)
        .filter(({ verified }) => verified)
        .map(hook),
      mails: whole.mailbox.mails.slice(mailsBefore).map(mail),
      broken: [],
      up,
      epoch: performance.timeOrigin,
      slow: 10 * slowest,
    };
    return broken?.seen?.(seen) ?? seen;
  };
  const since = { recorded: 0, told: 0 };
  let seen = await observe();
  for (const late = up + WITHIN.told + 15_000; performance.now() < late; seen = await observe()) {
    const open = check(seen).filter((finding) => SETTLES.test(finding));
    const now = performance.now() - up;
    if (open.every((finding) => finding.startsWith('each start')) && since.recorded === 0) since.recorded = now;
    if (open.length === 0) since.told = now;
    if (open.length === 0 && writers.standing === 0) break;
    await sleep(200);
  }
  await glimpse('at the end');
  await writers.stop();
  const verification = await verifyTwice({ connectionString: whole.ledger.cluster.url('sudoql_ledger') });
  seen = {
    ...(await observe()),
    broken: verification.problems.map(({ chain, seq, what }) => `${chain} ${seq}: ${what}`),
  };
  const said: Record<string, number> = {};
  for (const { what, said: code } of seen.calls) {
    const key = code === 'ok' || code === 'lost' ? code : `${code} ${what.replace(/ \(.*/, '')}`;
    said[key] = (said[key] ?? 0) + 1;
  }
  return { findings: check(seen), said, faults: faults.done, figures: { ...figuresOf(seen), ...since } };
}

async function recordedMarks({ whole }: CrashStage, began: number): Promise<Set<string>> {
  const client = new pg.Client({
    connectionString: whole.ledger.cluster.url('sudoql_ledger'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query("SELECT body FROM entry WHERE kind = 'writes' AND at >= $1", [new Date(began)]);
    return new Set(rows.flatMap(({ body }) => markOf(String(body))));
  } finally {
    await client.end();
  }
}

function hook({ receivedAt, headers, body, payload }: CaughtHook): Delivered {
  const { type, data } = payload as { type: string; data: { elevations?: { elevation?: string; notice: string }[] } };
  return {
    at: Date.parse(receivedAt) - performance.timeOrigin,
    id: headers['webhook-id'] ?? '',
    body,
    event: type,
    elevations: (data.elevations ?? []).flatMap(({ elevation, notice }) => (elevation ? [{ elevation, notice }] : [])),
  };
}
type CaughtHook = CrashStage['whole']['receiver']['webhooks'][number];

function mail({ receivedAt, messageId, headers, text }: CrashStage['whole']['mailbox']['mails'][number]): Delivered {
  const ids = (headers['x-sudoql-elevation'] ?? '').split(/\s+/).filter(Boolean);
  return {
    at: Date.parse(receivedAt) - performance.timeOrigin,
    id: messageId ?? '',
    body: text,
    event: headers['x-sudoql-event'] ?? '',
    elevations: ids.map((elevation) => ({ elevation, notice: null })),
  };
}

function figuresOf(seen: Observed): Omit<Figures, 'recorded' | 'told'> {
  const { entries, calls, webhooks, mails, shown, windows, epoch } = seen;
  const of = (kind: Entry['kind']) => entries.filter((entry) => entry.kind === kind);
  const ids = (all: readonly Delivered[]) => all.length - new Set(all.map(({ id }) => id)).size;
  const ended = new Map(
    entries.flatMap((entry) => (entry.kind === 'elevation_ended' ? [[entry.elevation, entry.at]] : [])),
  );
  const late = entries.flatMap((entry) => {
    if (entry.kind !== 'elevation_started') return [];
    const found = shown.find(({ backend }) => backend === `${entry.writer_pid} ${entry.writer_started}`);
    const end = seen.elevations.find(({ reason }) => reason === entry.reason)?.over ?? Number.POSITIVE_INFINITY;
    const at = Math.min(end, Date.parse(entry.deadline) - epoch, Date.parse(ended.get(entry.elevation) ?? '') - epoch);
    return found && Number.isFinite(at) ? [found.last - reachable(at, windows)] : [];
  });
  return {
    elevations: of('elevation_started').length,
    statements: of('statement_intent').length,
    rows: seen.rows.size,
    calls: calls.length,
    unknown: entries.filter((entry) => entry.kind === 'statement_outcome' && entry.result === 'unknown').length,
    repeats: ids(webhooks) + ids(mails),
    writer: Math.max(0, ...late),
    answer: Math.max(0, ...calls.map(({ asked, heard }) => (heard ?? Number.POSITIVE_INFINITY) - asked)),
    slow: seen.slow,
  };
}
