import type { EndReason } from '../../ledger/entry/entry.ts';
import type { Block } from '../letter.ts';
import { inWords } from '../../contract/durations.ts';
import { count } from '../render/times.ts';
import {
  because,
  type EventOf,
  inSessions,
  LEDGER_ADVICE,
  origin,
  person,
  place,
  type Text,
  when,
  who,
} from './words.ts';

type Ended = EventOf<'elevation.ended'>;

const WHY: Record<EndReason, string> = {
  unsudo: 'they gave it back',
  transaction: 'it was for one transaction',
  deadline: 'its time was up',
  revoked: 'it was stopped',
  token_revoked: 'their token was revoked or expired',
  disconnected: 'they disconnected',
  reset: 'the session was reset (DISCARD ALL or RESET ALL)',
  writer_lost: 'the connection to the database was lost',
  ledger_lost: 'the gateway could no longer reach its ledger',
  shutdown: 'the gateway was shut down',
  gateway_lost: 'the gateway’s process was lost',
  fault: 'of a fault in the gateway',
};

/** What acts later, or cannot be judged, by effect. */
const LEFT: Record<string, string> = {
  code: 'Code that runs later (a function, trigger, view, rule, default, …)',
  grant: 'Permissions were changed',
  remote: 'Another server was reached',
  deferred: 'A job is scheduled',
  dynamic: 'Dynamic SQL, which cannot be judged (DO, CALL, an unknown function)',
};

export const elevationEnded: Text<Ended> = ({ first, events, now }) => {
  const several = events.length > 1;
  const rows = rowsByTable(events);
  const left = leftBehind(events);
  const unconfirmed = events.filter((event) => backendOf(event) === 'unconfirmed');
  const unknown = events.filter(({ summary }) => summary === null);
  const uncertain = uncertainTables(events);
  // What acts later comes first: it outlives everything else that is said here.
  const warnings = [
    ...left,
    ...notSeen(unconfirmed.length, unknown.length, several),
    ...mayBeCommitted(events, uncertain),
  ];
  const changed = changedTables(events);
  const soFar = unconfirmed.length > 0 ? ' so far' : '';
  return {
    subject: `${subjectHead(first, events.length, unconfirmed.length > 0, left.length > 0)}, ${subjectWords(events, rows, changed, uncertain)}${because(first.reason)}`,
    headline: unconfirmed.length
      ? `${who(first)}’s write access to ${place(first)} has ended, but the connection may still be open`
      : `${who(first)} can no longer write to ${place(first)}${inSessions(events.length)}`,
    tone: warnings.length ? 'alarm' : 'calm',
    lead: [`${soFar ? 'The gateway ended it' : 'It ended'} because ${reasons(events)}.`],
    warnings,
    facts: [
      ['Why they wrote', first.reason],
      ['Who', person(first)],
      ['How long', howLong(events, now)],
      ...done(events),
      ['With', several ? `${events.length} connections` : origin(first)],
      ...(several ? [] : [['Elevation', first.elevation] as [string, string]]),
    ],
    blocks: [
      ...(rows.length
        ? [
            {
              title: `Rows written and committed${soFar}, by table`,
              note: firstOf(rows.length),
              rows: rows.slice(0, SHOWN).map(([table, n]) => [table, n.toLocaleString('en-US')]),
              code: false,
            },
          ]
        : []),
      ...(changed.length
        ? [
            {
              title: `Changed and committed${soFar}, rows not counted`,
              note: `By a change inside WITH, TRUNCATE, DDL and their like, which do not say how many rows.${
                changed.length + unnamed(events) > SHOWN ? ` ${firstOf(changed.length + unnamed(events))}` : ''
              }`,
              rows: changed.slice(0, SHOWN).map((table) => [table]),
              code: false,
            },
          ]
        : []),
    ],
    stop: [],
    advice: LEDGER_ADVICE(first.elevation),
  };
};

/** More make a mail that nobody reads; the rest are counted. */
const SHOWN = 50;

const firstOf = (n: number) =>
  n > SHOWN ? `The first ${SHOWN} of ${n.toLocaleString('en-US')}; the ledger has all.` : null;

const backendOf = ({ summary, backend }: Ended) => summary?.backend ?? backend;

function unnamed(events: Ended[]): number {
  return events.reduce((sum, { summary }) => sum + (summary?.unnamed ?? 0), 0);
}

function subjectHead(first: Ended, n: number, unseen: boolean, left: boolean): string {
  const ended = `${who(first)} can no longer write to ${place(first)}${inSessions(n)}`;
  if (unseen) return `PLEASE CHECK ${place(first)}, ${who(first)}’s connection may still be open`;
  return left ? `${ended}, SOMETHING WAS LEFT BEHIND` : ended;
}

function notSeen(unconfirmed: number, unknown: number, several: boolean): Block[] {
  const of = (n: number) => (several ? ` (${count(n, 'session')})` : '');
  const blocks: Block[] = [];
  if (unconfirmed) {
    blocks.push({
      title: `It could not be confirmed that it is over${of(unconfirmed)}`,
      note: 'The gateway ended the connection, but could not see in the database that it is gone. It may still be running, and may still write. Ask the operator to look at pg_stat_activity now.',
      rows: [],
      code: false,
    });
  }
  if (unknown) {
    blocks.push({
      title: `What was written is not known${of(unknown)}`,
      note: 'The gateway that ran it was lost, so nobody counted. The ledger has every statement that was begun; how the last ones ended is unknown.',
      rows: [],
      code: false,
    });
  }
  return blocks;
}

function leftBehind(events: Ended[]): Block[] {
  const byEffect = new Map<string, string[]>();
  for (const { summary } of events) {
    for (const { effect, statement, unknown } of summary?.leftBehind ?? []) {
      byEffect.set(effect, [
        ...(byEffect.get(effect) ?? []),
        unknown ? `${statement} (it is not known whether this was committed)` : statement,
      ]);
    }
  }
  const cut = events.some(({ summary }) => summary?.moreLeftBehind !== undefined);
  return [...byEffect].map(([effect, statements]) => {
    const shown = [...new Set(statements)];
    const more = shown.length - 20;
    return {
      title: `Left behind: ${LEFT[effect] ?? effect}`,
      note: more > 0 ? `The first 20 of ${shown.length}${cut ? ' and more' : ''}; the ledger has all.` : null,
      rows: shown.slice(0, 20).map((statement) => [statement]),
      code: true,
    };
  });
}

function rowsByTable(events: Ended[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { summary } of events) {
    for (const [table, n] of Object.entries(summary?.rows ?? {})) sums.set(table, (sums.get(table) ?? 0) + n);
  }
  return [...sums].sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
}

function changedTables(events: Ended[]): string[] {
  return [...new Set(events.flatMap(({ summary }) => summary?.changed ?? []))].sort();
}

/** Tables of which something may have been committed, with the rows that are known of it. */
function uncertainTables(events: Ended[]): [table: string, rows: number | null][] {
  const tables = new Map<string, number | null>();
  for (const { summary } of events) {
    for (const [table, n] of Object.entries(summary?.unknown?.rows ?? {})) {
      const before = tables.get(table);
      tables.set(table, before === null ? null : (before ?? 0) + n);
    }
    for (const table of summary?.unknown?.changed ?? []) tables.set(table, null);
  }
  return [...tables].sort(([a], [b]) => a.localeCompare(b));
}

function mayBeCommitted(events: Ended[], tables: [table: string, rows: number | null][]): Block[] {
  const statements = events.reduce((sum, { summary }) => sum + (summary?.unknown?.statements ?? 0), 0);
  if (statements === 0) return [];
  const more = events.reduce((sum, { summary }) => sum + (summary?.unknown?.unnamed ?? 0), 0);
  return [
    {
      title: `Unknown, may have been committed: ${count(statements, 'statement')}`,
      note: `The connection was lost before the database had answered, so look at the tables themselves. ${
        firstOf(tables.length + more) ?? ''
      }`.trim(),
      rows: tables
        .slice(0, SHOWN)
        .map(([table, n]) => [table, n === null ? 'rows not counted' : `up to ${n.toLocaleString('en-US')}`]),
      code: false,
    },
  ];
}

/** What is certain, then what may be; never that nothing was written where something may have been. */
function subjectWords(
  events: Ended[],
  rows: [string, number][],
  changed: string[],
  uncertain: [table: string, rows: number | null][],
): string {
  const nobody = events.some(({ summary }) => summary === null);
  const open = events.some(({ summary }) => summary?.unknown !== undefined);
  const sure = rows.length + changed.length > 0;
  if (nobody) return sure ? `${writtenWords(events, rows, changed)}, more is unknown` : 'what was written is unknown';
  if (open) {
    if (sure) return `${writtenWords(events, rows, changed)}, MORE MAY HAVE BEEN`;
    const [only] = uncertain;
    const where = only && uncertain.length === 1 ? only[0] : count(uncertain.length, 'table');
    return `${uncertain.length === 0 ? 'SOMETHING' : where} MAY HAVE BEEN CHANGED`;
  }
  const unconfirmed = events.some((event) => backendOf(event) === 'unconfirmed');
  return `${writtenWords(events, rows, changed)}${unconfirmed ? ' so far' : ''}`;
}

/** A statement over several tables counts under each, so this is not a sum of rows when there are several tables. */
function writtenWords(events: Ended[], rows: [string, number][], changed: string[]): string {
  const statements = total(events, 'statements');
  if (statements === 0) return 'nothing was run';
  if (changed.length > 0) {
    const tables = new Set([...rows.map(([table]) => table), ...changed]);
    return tables.size === 1 ? `${changed[0]} changed, rows not counted` : `${count(tables.size, 'table')} changed`;
  }
  const [only] = rows;
  // What is dynamic or remote writes rows that no tag counts.
  const opaque = events.some(({ summary }) => summary?.leftBehind.some(({ effect }) => OPAQUE.has(effect)));
  if (!only) return `${count(statements, 'statement')}, ${opaque ? 'rows not counted' : 'no rows written'}`;
  if (opaque)
    return `${rows.length === 1 ? `${count(only[1], 'row')} of ${only[0]}` : `rows of ${count(rows.length, 'table')}`} written, and more that is not counted`;
  if (rows.length === 1) return `${count(only[1], 'row')} of ${only[0]} written`;
  return `rows of ${count(rows.length, 'table')} written`;
}

const OPAQUE: ReadonlySet<string> = new Set(['dynamic', 'remote']);

function done(events: Ended[]): [string, string][] {
  if (events.every(({ summary }) => summary === null)) return [];
  const failed = total(events, 'failed');
  const statements = `${count(total(events, 'statements'), 'statement')}${failed ? `, ${failed} of them failed` : ''}`;
  return [
    ['Statements', statements],
    ['Transaction', transactions(events)],
  ];
}

/** What was open at the end. Only of a connection that was seen to be gone can be said that nothing stays. */
function transactions(events: Ended[]): string {
  const summaries = events.flatMap(({ summary }) => summary ?? []);
  const of = (n: number, one: string, many: string) => (n === 0 ? [] : [n === 1 ? one : `${n} ${many}`]);
  const open = summaries.filter(({ unknown }) => unknown !== undefined).length;
  const unseen = summaries.filter(({ rolledBack, backend }) => rolledBack && backend !== 'gone').length;
  const left = summaries.filter(({ rolledBack, backend, leftBehind }) => {
    return rolledBack && backend === 'gone' && leftBehind.length > 0;
  }).length;
  const back = summaries.filter(({ rolledBack }) => rolledBack).length - unseen - left;
  const said = [
    ...of(open, 'It is not known whether the last one was committed.', 'may have been committed.'),
    ...of(
      unseen,
      'A transaction was open; that it was rolled back could not be seen.',
      'were open; that they were rolled back could not be seen.',
    ),
    ...of(
      left,
      'A transaction was open and rolled back; what was left behind is named above.',
      'were open and rolled back; what was left behind is named above.',
    ),
    ...of(
      back,
      'A transaction was open and rolled back: nothing of it stays.',
      'were open and rolled back: nothing of them stays.',
    ),
  ];
  if (said.length > 0) return said.join(' ');
  const blind = summaries.some(({ backend }) => backend !== 'gone') || summaries.length < events.length;
  return blind ? 'None was seen to be open.' : 'None was open.';
}

function total(events: Ended[], of: 'statements' | 'failed'): number {
  return events.reduce((sum, { summary }) => sum + (summary?.[of] ?? 0), 0);
}

function reasons(events: Ended[]): string {
  const whys = [...new Set(events.map(({ why }) => WHY[why]))];
  return whys.join('; ');
}

function howLong(events: Ended[], now: Date): string {
  const spans = events.map((event) => Date.parse(event.ended_at) - Date.parse(event.started_at));
  const [first] = events;
  if (!first) return '';
  // Of a gateway that was lost: when its end was settled, not when it was.
  if (events.length > 1 || first.why === 'gateway_lost') return `at most ${inWords(Math.max(...spans) / 1_000)}`;
  return `${inWords((spans[0] ?? 0) / 1_000)}, from ${when(first.started_at, now)} to ${when(first.ended_at, now)}`;
}
