// What a closing message says first, in boxes: what acts later, what was not seen, what may have been committed.
import { count } from '../render/times.ts';
import type { Block } from '../letter.ts';
import { type Ended, isUnconfirmed, LEFT, uncertainTables } from './outcome.ts';

/** More make a mail that nobody reads; the rest are counted. */
export const SHOWN = 50;

export const firstOf = (n: number) =>
  n > SHOWN ? `The first ${SHOWN} of ${n.toLocaleString('en-US')}; the ledger has all.` : null;

// What acts later comes first: it outlives everything else that is said here.
export const warningsOf = (events: Ended[]): Block[] => [
  ...leftBehind(events),
  ...notSeen(events),
  ...mayBeCommitted(events, uncertainTables(events)),
];

function notSeen(events: Ended[]): Block[] {
  const unconfirmed = events.filter(isUnconfirmed).length;
  const unknown = events.filter(({ summary }) => summary === null);
  const of = (n: number) => (events.length > 1 ? ` (${count(n, 'session')})` : '');
  const blocks: Block[] = [];
  if (unconfirmed > 0) {
    blocks.push({
      title: `It could not be confirmed that it is over${of(unconfirmed)}`,
      note: 'The gateway ended the connection, but could not see in the database that it is gone. It may still be running, and may still write. Ask the operator to look at pg_stat_activity now. The gateway goes on trying, and tells you when it has seen the end, or has not for ten minutes.',
      rows: [],
      code: false,
    });
  }
  if (unknown.length > 0) {
    const lost = unknown.every(({ why }) => why === 'gateway_lost');
    blocks.push({
      title: `What was written is not known${of(unknown.length)}`,
      note: `${lost ? 'The gateway that ran it was lost' : 'The session did not report its end'}, so nobody counted. The ledger has every statement that was begun; how the last ones ended is unknown.`,
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
      title: `Left behind: ${LEFT[effect]?.[0] ?? effect}`,
      note: more > 0 ? `The first 20 of ${shown.length}${cut ? ' and more' : ''}; the ledger has all.` : null,
      rows: shown.slice(0, 20).map((statement) => [statement]),
      code: true,
    };
  });
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
