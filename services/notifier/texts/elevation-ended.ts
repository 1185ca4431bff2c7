import type { EndReason } from '../../ledger/entry.ts';
import type { Block } from '../letter.ts';
import { count, timeSpan } from '../render/times.ts';
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
  const unconfirmed = events.filter(({ summary }) => summary?.backend === 'unconfirmed');
  const unknown = events.filter(({ summary }) => summary === null);
  // What acts later comes first: it outlives everything else that is said here.
  const warnings = [...left, ...notSeen(unconfirmed.length, unknown.length, several)];
  const changed = changedTables(events);
  const written =
    unknown.length === events.length ? 'what was written is unknown' : writtenWords(events, rows, changed);
  return {
    subject: `${subjectHead(first, events.length, unconfirmed.length > 0, left.length > 0)}, ${written}${because(first.reason)}`,
    headline: unconfirmed.length
      ? `${who(first)}’s write access to ${place(first)} has ended, but the connection may still be open`
      : `${who(first)} can no longer write to ${place(first)}${inSessions(events.length)}`,
    tone: warnings.length ? 'alarm' : 'calm',
    lead: [`It ended because ${reasons(events)}.`],
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
              title: 'Rows written and committed, by table',
              note: null,
              rows: rows.slice(0, 50).map(([table, n]) => [table, n.toLocaleString('en-US')]),
              code: false,
            },
          ]
        : []),
      ...(changed.length
        ? [
            {
              title: 'Changed and committed, rows not counted',
              note: 'By a change inside WITH, TRUNCATE, DDL and their like, which do not say how many rows.',
              rows: changed.slice(0, 50).map((table) => [table]),
              code: false,
            },
          ]
        : []),
    ],
    stop: [],
    advice: LEDGER_ADVICE(first.elevation),
  };
};

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
    for (const { effect, statement } of summary?.leftBehind ?? []) {
      byEffect.set(effect, [...(byEffect.get(effect) ?? []), statement]);
    }
  }
  return [...byEffect].map(([effect, statements]) => {
    const shown = [...new Set(statements)];
    const more = shown.length - 20;
    return {
      title: `Left behind: ${LEFT[effect] ?? effect}`,
      note: more > 0 ? `The first 20 of ${shown.length}; the ledger has all.` : null,
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

/** A statement over several tables counts under each, so this is not a sum of rows when there are several tables. */
function writtenWords(events: Ended[], rows: [string, number][], changed: string[]): string {
  const statements = total(events, 'statements');
  if (statements === 0) return 'nothing was run';
  if (changed.length > 0) {
    const tables = new Set([...rows.map(([table]) => table), ...changed]);
    return tables.size === 1 ? `${changed[0]} changed, rows not counted` : `${count(tables.size, 'table')} changed`;
  }
  const [only] = rows;
  if (!only) return `${count(statements, 'statement')}, no rows written`;
  if (rows.length === 1) return `${count(only[1], 'row')} of ${only[0]} written`;
  return `rows of ${count(rows.length, 'table')} written`;
}

function done(events: Ended[]): [string, string][] {
  if (events.every(({ summary }) => summary === null)) return [];
  const failed = total(events, 'failed');
  const rolledBack = events.filter(({ summary }) => summary?.rolledBack).length;
  const statements = `${count(total(events, 'statements'), 'statement')}${failed ? `, ${failed} of them failed` : ''}`;
  const transaction = rolledBack
    ? `${rolledBack === 1 ? 'A transaction was' : `${rolledBack} transactions were`} open and rolled back: nothing of it stays.`
    : 'None was open.';
  return [
    ['Statements', statements],
    ['Transaction', transaction],
  ];
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
  if (events.length > 1) return `at most ${timeSpan(Math.max(...spans))}`;
  return `${timeSpan(spans[0] ?? 0)}, from ${when(first.started_at, now)} to ${when(first.ended_at, now)}`;
}
