// The checker: every promise that a crash could break, on what was observed. Pure; one line for each thing that is wrong.
import type { Entry } from '../helpers/entries.ts';
import type { Delivered, Observed, Window } from './observed.ts';

/** What is promised, in milliseconds. */
export const WITHIN = { writerGone: 1_000, told: 30_000, answered: 25_000, lease: 3_000 } as const;

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;
const ofKind = <K extends Entry['kind']>(entries: readonly Entry[], kind: K): Of<K>[] =>
  entries.filter((entry): entry is Of<K> => entry.kind === kind);

const PROMISES: Record<string, (seen: Observed) => string[]> = {
  'each row has its intent': intents,
  'each intent has its outcome': outcomes,
  'clients are told what is so': claims,
  'the account says no less and no more': accounts,
  'what was granted is recorded, and ends': elevations,
  'no writer is left': writers,
  'each start and end is told': told,
  'the chains verify': ({ broken }) => [...broken],
  'no client waits for ever': answers,
};

/** Findings, each with the promise that it breaks. */
export function check(seen: Observed): string[] {
  return Object.entries(PROMISES).flatMap(([promise, broken]) => broken(seen).map((what) => `${promise}: ${what}`));
}

function intents({ glimpses }: Observed): string[] {
  return glimpses.flatMap(({ when, rows, recorded }) =>
    rows.filter((mark) => !recorded.has(mark)).map((mark) => `${mark} is in the target and not in the record, ${when}`),
  );
}

/** The mark that a recorded statement carries as a name. */
export const markOf = (normalized: string): string[] => normalized.match(/\bm\d+_\d+_/g) ?? [];

function outcomes({ entries, rows }: Observed): string[] {
  const results = new Map<string, Of<'statement_outcome'>[]>();
  for (const outcome of ofKind(entries, 'statement_outcome'))
    results.set(outcome.statement, [...(results.get(outcome.statement) ?? []), outcome]);
  return ofKind(entries, 'statement_intent').flatMap(({ statement, normalized, mode }) => {
    const found = results.get(statement) ?? [];
    const [only] = found;
    if (!only || found.length > 1) return [`${statement} (${normalized}) has ${found.length} outcomes`];
    if (mode !== 'write') return [];
    const there = markOf(normalized).filter((mark) => rows.has(mark));
    const { result, transaction } = only;
    if (there.length > 0 && result === 'error') return [`${there} is in the target, its outcome an error`];
    return there.length > 0 && transaction === 'rolled_back' ? [`${there} is in the target, its end a rollback`] : [];
  });
}

function claims({ claims, rows }: Observed): string[] {
  return [...claims].flatMap(([mark, claim]) => {
    if (claim === 'there' && !rows.has(mark)) return [`a client was told that ${mark} is committed, and it is not`];
    if (claim === 'not_there' && rows.has(mark)) return [`a client was told that ${mark} is not committed, and it is`];
    return [];
  });
}

/** The table of marks. */
const TABLE = 'public.marked';

/** By elevation, its reason and those of its extensions. */
function reasonsOf(entries: readonly Entry[]): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const { elevation, reason } of ofKind(entries, 'elevation_started')) all.set(elevation, [reason]);
  for (const { elevation, reason } of ofKind(entries, 'elevation_extended')) all.get(elevation)?.push(reason);
  return all;
}

function accounts({ entries, rows }: Observed): string[] {
  const all = reasonsOf(entries);
  return ofKind(entries, 'elevation_ended').flatMap(({ elevation, summary }) => {
    const reasons = all.get(elevation) ?? [elevation];
    const [reason] = reasons;
    const truth = [...rows.values()].filter((each) => reasons.includes(each)).length;
    if (summary === null) return truth > 0 ? [`${truth} rows of ${reason}, of which its end says nothing`] : [];
    const said = summary.rows[TABLE] ?? 0;
    const uncounted = summary.unknown !== undefined || summary.changed?.includes(TABLE) === true;
    if (said > truth) return [`${reason} is told to have written ${said} rows, and wrote ${truth}`];
    return said < truth && !uncounted ? [`${reason} wrote ${truth} rows, and is told to have written ${said}`] : [];
  });
}

function elevations({ elevations: asked, entries }: Observed): string[] {
  const started = ofKind(entries, 'elevation_started');
  const ended = ofKind(entries, 'elevation_ended');
  const reasons = new Set([...reasonsOf(entries).values()].flat());
  const sessions = new Set(ofKind(entries, 'session_ended').map(({ session }) => session));
  return [
    ...asked.flatMap(({ reason, granted }) =>
      granted && !reasons.has(reason) ? [`${reason} was granted, and is not in the record`] : [],
    ),
    ...started.flatMap(({ elevation, reason }) => {
      const ends = ended.filter((each) => each.elevation === elevation).length;
      return ends === 1 ? [] : [`${reason} has ${ends} ends in the record`];
    }),
    ...ofKind(entries, 'session_started').flatMap(({ session }) =>
      sessions.has(session) ? [] : [`session ${session} has no end in the record`],
    ),
  ];
}

function writers({ elevations: asked, entries, shown, windows, epoch, slow }: Observed): string[] {
  const ends = new Map(ofKind(entries, 'elevation_ended').map((entry) => [entry.elevation, entry]));
  const known = new Map(
    ofKind(entries, 'elevation_started').map((entry) => [`${entry.writer_pid} ${entry.writer_started}`, entry]),
  );
  const reasons = reasonsOf(entries);
  const allowed = WITHIN.writerGone + slow;
  return shown.flatMap(({ backend, from, last }) => {
    const elevation = known.get(backend);
    // Opened before its elevation is recorded, which may take as long as the ledger is waited for.
    if (!elevation)
      return last - from > WITHIN.lease + allowed ? [`${backend}, of no elevation, stood ${ms(last - from)}`] : [];
    const { reason } = elevation;
    const recorded = ends.get(elevation.elevation);
    const own = reasons.get(elevation.elevation) ?? [];
    const extended = ofKind(entries, 'elevation_extended').filter((each) => each.elevation === elevation.elevation);
    const ended = Math.min(
      Math.max(...[elevation, ...extended].map(({ deadline }) => Date.parse(deadline))) - epoch,
      ...asked.filter((each) => own.includes(each.reason)).map(({ over }) => over ?? Number.POSITIVE_INFINITY),
      recorded ? Date.parse(recorded.at) - epoch : Number.POSITIVE_INFINITY,
    );
    const late = last - reachable(ended, windows);
    const lost = windows.filter(({ what, from: away, to }) => {
      const over = reachable(away + WITHIN.lease, windows) + allowed;
      return what === 'ledger' && away > from && Math.min(last, to) > over;
    });
    return [
      ...(late > allowed ? [`the writer of ${reason} stood ${ms(late)} after its end`] : []),
      ...lost.map(({ from: away }) => `the writer of ${reason} stood ${ms(last - away)} after the ledger was lost`),
    ];
  });
}

const ms = (time: number) => `${Math.round(time)} ms`;

/** From when on the gateway can end a backend: not while it is stopped itself, nor while the target is away. */
export function reachable(end: number, windows: readonly Window[]): number {
  let at = end;
  for (const { what, from, to } of windows.toSorted((a, b) => a.from - b.from)) {
    const hinders = what === 'target' || what.startsWith('stopped ');
    if (hinders && from <= at + WITHIN.writerGone && to > at) at = to;
  }
  return at;
}

const TOLD = { elevation_started: 'elevation.started', elevation_ended: 'elevation.ended' } as const;

function told({ entries, webhooks, mails, up, epoch, slow }: Observed): string[] {
  const latest = up + WITHIN.told + slow;
  const reasons = new Map(ofKind(entries, 'elevation_started').map(({ elevation, reason }) => [elevation, reason]));
  const findings: string[] = [];
  for (const kind of ['elevation_started', 'elevation_ended'] as const) {
    for (const { elevation, at } of ofKind(entries, kind)) {
      const reason = reasons.get(elevation) ?? elevation;
      const due = Math.max(latest, Date.parse(at) - epoch + WITHIN.told + slow);
      const hooks = webhooks.filter(({ event, elevations: all }) => event === TOLD[kind] && about(all, elevation));
      const notices = new Set(hooks.flatMap(({ elevations: all }) => about(all, elevation)?.notice ?? []));
      if (!hooks.some((hook) => hook.at <= due)) findings.push(`${TOLD[kind]} of ${reason} came to no webhook`);
      if (notices.size > 1) findings.push(`${TOLD[kind]} of ${reason} came under ${notices.size} ids`);
      if (!mails.some((mail) => mail.at <= due && mail.body.includes(reason)))
        findings.push(`${reason} came in no mail`);
    }
  }
  for (const [elevation, reason] of reasons) {
    for (const [channel, all] of [['webhook', webhooks] as const, ['mail', mails.filter(isOfOne)] as const]) {
      const first = (event: string) =>
        all.findIndex((each) => each.event === event && about(each.elevations, elevation));
      const [start, end] = [first('elevation.started'), first('elevation.ended')];
      if (end >= 0 && start > end) findings.push(`by ${channel} the start of ${reason} came after its end`);
    }
    const last = mails.findLast(({ body }) => body.includes(reason));
    if (last && isOfOne(last) && last.event === 'elevation.started')
      findings.push(`the last mail of ${reason} says that it can write`);
  }
  return [...findings, ...repeats(webhooks, 'webhook'), ...repeats(mails, 'mail')];
}

const about = (all: Delivered['elevations'], elevation: string) => all.find((each) => each.elevation === elevation);
/** Of several elevations a mail's header names the event of the last alone. */
const isOfOne = ({ elevations: all }: Delivered) => new Set(all.map(({ elevation }) => elevation)).size === 1;

/** Who sees an id again may throw it away: it must say the same. A mail says what is true when it is sent, so of it only whom it is about. */
function repeats(all: readonly Delivered[], channel: 'webhook' | 'mail'): string[] {
  const first = new Map<string, Delivered>();
  return all.flatMap((each) => {
    const before = first.get(each.id);
    if (!before) {
      first.set(each.id, each);
      return [];
    }
    const same =
      channel === 'webhook'
        ? before.body === each.body
        : JSON.stringify(before.elevations) === JSON.stringify(each.elevations) && before.event === each.event;
    return same ? [] : [`a ${channel} came again as ${each.id} and said ${apart(before.body, each.body)}`];
  });
}

/** Where two texts part. */
function apart(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const shown = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));
  return `${shown(other)} instead of ${shown(one)}`;
}

function answers({ calls, windows, slow }: Observed): string[] {
  return calls.flatMap(({ what, asked, heard, said }) => {
    if (heard === null) return [`${what} was not answered`];
    const stopped = windows
      .filter((each) => each.what.startsWith('stopped '))
      .map((each) => overlap(each, asked, heard));
    const took = heard - asked - stopped.reduce((sum, each) => sum + each, 0);
    return took > WITHIN.answered + slow ? [`${what} was answered after ${ms(took)}: ${said}`] : [];
  });
}

const overlap = ({ from, to }: Window, asked: number, heard: number) =>
  Math.max(0, Math.min(to, heard) - Math.max(from, asked));
