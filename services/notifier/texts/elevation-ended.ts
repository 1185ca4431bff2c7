import { inWords } from '../../contract/durations.ts';
import type { EndReason } from '../../ledger/entry/entry.ts';
import type { Block } from '../letter.ts';
import { count } from '../render/times.ts';
import { inline } from '../render/visible.ts';
import { firstOf, SHOWN, warningsOf } from './ended-warnings.ts';
import {
  changedTables,
  doubts,
  countedByTable,
  furtherTables,
  inCounts,
  type Ended,
  isUnconfirmed,
  leftInCapitals,
  outcomeOf,
  refusedForms,
  refusedStatements,
  rowsByTable,
  total,
  WHY,
  whatTheyDid,
} from './outcome.ts';
import type { Story } from './stories.ts';
import {
  aboutSession,
  because,
  inSessions,
  LEDGER_ADVICE,
  origin,
  person,
  place,
  span,
  whenExactly,
  who,
  type Writing,
  type Written,
} from './words.ts';

/** How it ended, in a subject. */
const OVER: Record<EndReason, string> = {
  unsudo: 'is done',
  transaction: 'is done',
  deadline: 'its time is up',
  revoked: 'was stopped',
  token_revoked: 'was stopped',
  disconnected: 'is done',
  reset: 'is done',
  writer_lost: 'it has ended',
  ledger_lost: 'it has ended',
  shutdown: 'it has ended',
  gateway_lost: 'it has ended',
  fault: 'it has ended',
};

/** All of its elevations are over. */
export function elevationEnded(stories: [Story, ...Story[]], writing: Writing): Written {
  const [first] = stories;
  const events = stories.flatMap(({ ended }) => ended ?? []);
  const several = stories.length > 1;
  const unconfirmed = events.some(isUnconfirmed);
  const warnings = warningsOf(events);
  const soFar = unconfirmed ? ' so far' : '';
  return {
    subject: `${subjectOf(first, events)}${because(first.reason)}`,
    headline: unconfirmed
      ? `${who(first.of)} may still write to ${place(first.of)}: it could not be seen that the connection is gone`
      : `${who(first.of)} can no longer write to ${place(first.of)}${inSessions(stories.length)}`,
    tone: warnings.length > 0 ? 'alarm' : 'calm',
    lead: [
      `${unconfirmed ? 'The gateway ended it' : 'It ended'} because ${reasons(events)}.`,
      ...(stories.every(({ tells }) => tells.has('elevation.started'))
        ? ['This message tells the whole of it: it was over before its start could be told.']
        : []),
    ],
    warnings,
    facts: [
      ['Why they wrote', first.reason],
      ['Who', person(first.of)],
      ['How long', howLong(events, writing)],
      ...done(events),
      ['With', several ? count(stories.length, 'connection') : origin(first.of)],
      ...(several ? [] : [['Elevation', first.elevation] as [string, string]]),
    ],
    blocks: [...tables(events, soFar), ...refused(events), ...(several ? [each(stories)] : [])],
    stop: [],
    advice: LEDGER_ADVICE(first.elevation),
  };
}

/** Who, what and where in its first words; then what it came to. */
function subjectOf({ of }: Story, events: Ended[]): string {
  const { what, to, where } = whatTheyDid(events);
  const no = refusedStatements(events);
  const more = [where, ...doubts(events), no > 0 ? `${no} refused` : null].flatMap((words) =>
    words === null ? [] : [inline(words, 80)],
  );
  const over = [...new Set(events.map(({ why }) => OVER[why]))];
  const sessions = inSessions(events.length);
  const left = leftInCapitals(events);
  if (events.some(isUnconfirmed)) {
    const behind = left ? [`LEFT ${left} BEHIND`] : [];
    return `${who(of)} MAY STILL WRITE to ${place(of)}${sessions}, please check: ${[...behind, `${what} so far`, ...more].join(', ')}`;
  }
  const end = `and ${over.length === 1 ? over[0] : 'is done'}`;
  if (left) return `${who(of)} LEFT ${left} BEHIND on ${place(of)}${sessions}, ${[what, ...more].join(', ')} ${end}`;
  return `${[`${who(of)} ${what} ${to} ${place(of)}${sessions}`, ...more].join(', ')}${more.length > 0 ? ',' : ''} ${end}`;
}

function tables(events: Ended[], soFar: string): Block[] {
  const rows = rowsByTable(events);
  const changed = changedTables(events);
  const unnamed = events.reduce((sum, { summary }) => sum + (summary?.unnamed ?? 0), 0);
  const blocks: Block[] = [];
  if (rows.length > 0) {
    blocks.push({
      title: `Rows written and committed${soFar}, by table`,
      note: firstOf(rows.length),
      rows: rows.slice(0, SHOWN).map(([table, n]) => [table, n.toLocaleString('en-US')]),
      code: false,
    });
  }
  const counted = countedByTable(events);
  if (counted.length > 0) {
    const cut = counted.length > SHOWN ? ` ${firstOf(counted.length)}` : '';
    blocks.push({
      title: `Rows as the database counted them${soFar}, with those of triggers, rules and keys`,
      note: `From the first statement on a table that has such to the end of its transaction. Rows of savepoints that were rolled back count.${cut}`,
      rows: counted.slice(0, SHOWN).map(([table, rows]) => [table, inCounts(rows)]),
      code: false,
    });
  }
  const further = furtherTables(events);
  if (further.length > 0) {
    blocks.push({
      title: `More may have been changed${soFar} than is counted`,
      note: 'Triggers, rules or cascading keys of these tables change further rows, of whichever table, and not all of them could be counted.',
      rows: further.slice(0, SHOWN).map((table) => [table]),
      code: false,
    });
  }
  if (changed.length > 0) {
    const cut = changed.length + unnamed > SHOWN ? ` ${firstOf(changed.length + unnamed)}` : '';
    blocks.push({
      title: `Changed and committed${soFar}, rows not counted`,
      note: `By a change inside WITH, TRUNCATE, DDL and their like, which do not say how many rows.${cut}`,
      rows: changed.slice(0, SHOWN).map((table) => [table]),
      code: false,
    });
  }
  return blocks;
}

/** What did not run: whoever tries what is refused is worth a look. */
function refused(events: Ended[]): Block[] {
  const n = refusedStatements(events);
  if (n === 0) return [];
  const { forms, unnamed } = refusedForms(events);
  const cut = forms.length > SHOWN ? [firstOf(forms.length)] : [];
  const more = unnamed > 0 ? [`${count(unnamed, 'statement')} of further forms: the ledger has all.`] : [];
  return [
    {
      title: `Refused, and not run: ${count(n, 'statement')}`,
      note: [...cut, ...more].join(' ') || null,
      rows: forms.slice(0, SHOWN).map(([statement, times]) => [statement, `${times} ×`]),
      code: true,
    },
  ];
}

/** Every one of them, with what it came to. */
const each = (stories: Story[]): Block => ({
  title: 'Each of them',
  note: null,
  rows: stories.map((story) => [`${inline(story.elevation, 80)} · ${aboutSession(story.of)}: ${outcomeOf(story)}`]),
  code: false,
});

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

function reasons(events: Ended[]): string {
  return [...new Set(events.map(({ why }) => WHY[why]))].join('; ');
}

function howLong(events: Ended[], writing: Writing): string {
  const [first] = events;
  if (!first) return '';
  if (events.length > 1) {
    const spans = events.map((event) => Date.parse(event.ended_at) - Date.parse(event.started_at));
    return `at most ${inWords(Math.max(...spans) / 1_000)}`;
  }
  if (first.why !== 'gateway_lost') return span(first.started_at, first.ended_at, writing);
  const from = Date.parse(first.started_at);
  const least = first.last_seen_at === undefined ? 0 : Date.parse(first.last_seen_at) - from;
  const begun = `from ${whenExactly(first.started_at, writing)}`;
  const atLeast = least > 0 ? `at least ${inWords(least / 1_000)}, as the record shows` : null;
  if (isUnconfirmed(first)) return [atLeast ?? 'not known', `its end was not seen`, begun].join('; ');
  const most = `at most ${inWords((Date.parse(first.ended_at) - from) / 1_000)}: then the database no longer showed the connection`;
  return [atLeast, most, begun].filter(Boolean).join('; ');
}
