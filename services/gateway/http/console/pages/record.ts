// Record: what was done, searched; what is shown can be taken along.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from '../../../../contract/typebox/typebox.js';
import type { EntryKind } from '../../../../ledger/entry/entry.ts';
import { plain as onOneLine } from '../../../../ledger/entry/entry-words.ts';
import { parseWhen } from '../../../../ledger/read/entry-filter.ts';
import { type EntrySearch, OUTCOMES } from '../../../../ledger/read/find-entries.ts';
import { CURSOR, entryCursorOf, entryPlaceOf } from '../../cursor.ts';
import { HttpProblem } from '../../problems.ts';
import type { PageDeps } from '../console.ts';
import { html, type Html, type Part } from '../html.ts';
import { show, visitor } from '../page.ts';
import { empty, more, table, time } from '../parts.ts';
import { type Line, makeRecordView } from '../record-view.ts';

const text = () => Type.Optional(Type.String({ maxLength: 300, pattern: '^[^\\u0000]*$' }));
const Search = Type.Object({
  who: text(),
  target: text(),
  relation: text(),
  form: text(),
  outcome: text(),
  kind: text(),
  since: text(),
  until: text(),
  after: Type.Optional(Type.String(CURSOR)),
});
type Search = Static<typeof Search>;

const PAGE = 50;
/** Lines of one export. */
const EXPORT = 1_000;

/** What one looks for; an entry is of one of these. */
const KINDS: Record<string, { words: string; kinds: EntryKind[] | null }> = {
  writes: { words: 'what was written', kinds: ['writes', 'statement_outcome', 'elevation_started', 'elevation_ended'] },
  reads: { words: 'what was read', kinds: ['reads'] },
  refused: { words: 'what was refused', kinds: ['statement_refused', 'elevation_refused', 'answer_refused'] },
  elevations: {
    words: 'write mode, requests and reviews',
    kinds: [
      ...(['elevation_started', 'elevation_extended', 'elevation_revoked', 'elevation_ended'] as const),
      ...(['elevation_refused', 'elevation_remarked', 'elevation_reviewed', 'elevation_settled'] as const),
      ...(['request_made', 'request_approved', 'request_denied', 'request_withdrawn', 'request_expired'] as const),
    ],
  },
  people: {
    words: 'sign-ins and tokens',
    kinds: ['signed_in', 'sign_in_ended', 'token_created', 'token_revoked', 'principal_bound', 'session_started'],
  },
  policy: {
    words: 'policy',
    kinds: ['policy_activated', 'policy_requested', 'policy_approved', 'policy_denied', 'policy_refused'],
  },
  all: { words: 'everything', kinds: null },
};

export function recordPages(plain: FastifyInstance, deps: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { clock } = deps;
  const view = makeRecordView(deps);

  app.get('/record', { schema: { querystring: Search } }, async (request, reply) => {
    const { principal } = visitor(request);
    const now = clock.now();
    const { after, ...asked } = request.query;
    const { lines, next } = await view.find(principal, searchOf(asked, now), {
      limit: PAGE,
      after: after === undefined ? undefined : entryPlaceOf(after),
    });
    const following = next && `/record?${query({ ...asked, after: entryCursorOf(next) })}`;
    const body = html`${form(asked)}
${
  lines.length > 0
    ? table(
        ['When', 'Who', 'Where', { wide: 'What' }, ''],
        lines.map((line) => cells(line, now)),
      )
    : empty(
        next
          ? 'Nothing so far. There is more behind it that was not looked at yet.'
          : 'Nothing here is for you to read. What fits stands here, the newest first, its values left out.',
      )
}
<div class="row">${more(following, lines.length > 0 ? 'Older' : 'Look on')}
${lines.length > 0 && html`<a class="button quiet" href="/record/export?${query(after === undefined ? asked : { ...asked, after })}">Take these along (CSV)</a>`}</div>`;
    return show(request, reply, { title: 'Record', at: '/record', body });
  });

  app.get('/record/export', { schema: { querystring: Search } }, async (request, reply) => {
    const { principal } = visitor(request);
    const { after, ...asked } = request.query;
    const { lines, next } = await view.find(principal, searchOf(asked, clock.now()), {
      limit: EXPORT,
      after: after === undefined ? undefined : entryPlaceOf(after),
    });
    const rows = [
      ['at', 'kind', 'principal', 'target', 'session', 'elevation', 'words', 'hash'],
      ...lines.map((line) => [
        ...[line.at.toISOString(), line.kind, line.principal, line.target],
        ...[line.session, line.elevation, line.words, line.hash],
      ]),
      // Nobody takes a part for all of it.
      ...(next
        ? [['', 'cut', '', '', '', '', 'There is more behind this line: search on from here with until', '']]
        : []),
    ];
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="record.csv"')
      .send(rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join(''));
  });
}

/** A spreadsheet takes what begins so for a formula, and runs it. */
function csvCell(value: string | null): string {
  const said = onOneLine(value ?? '');
  return `"${(/^[=+\-@\t\r]/.test(said) ? `'${said}` : said).replaceAll('"', '""')}"`;
}

/** Throws HttpProblem for what is no time, outcome or kind. */
function searchOf({ who, target, relation, form: said, outcome, kind, since, until }: Search, now: Date): EntrySearch {
  const moment = (name: string, written: string): Date => {
    const at = parseWhen(written, now);
    if (at === null)
      throw new HttpProblem('invalid_request', `${name}: expected a time such as 2h, 7d or 2026-11-30 14:00 (UTC)`);
    return at;
  };
  const wanted = kind
    ? Object.hasOwn(KINDS, kind)
      ? KINDS[kind]
      : undefined
    : relation || said || outcome
      ? KINDS.all
      : KINDS.writes;
  const cameOf = OUTCOMES.find((each) => each === outcome);
  if (!wanted || (outcome && !cameOf)) throw new HttpProblem('invalid_request', 'That is nothing to look for.');
  return {
    ...(who && { principal: who.trim() }),
    ...(target && { target: target.trim() }),
    ...(relation && { relation: relation.trim() }),
    ...(said && { form: said.trim() }),
    ...(cameOf && { outcome: cameOf }),
    ...(wanted.kinds && { kinds: wanted.kinds }),
    ...(since && { since: moment('since', since) }),
    ...(until && { until: moment('until', until) }),
  };
}

const query = (search: Search): string =>
  new URLSearchParams(Object.entries(search).filter((each): each is [string, string] => Boolean(each[1]))).toString();

function form({ who, target, relation, form: said, outcome, kind, since, until }: Search): Html {
  const field = (name: string, label: string, value: string | undefined, hint: string) =>
    html`<div><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${value}" placeholder="${hint}" maxlength="300" autocomplete="off" spellcheck="false"></div>`;
  const choice = (name: string, label: string, value: string | undefined, options: [string, string][]) =>
    html`<div><label for="${name}">${label}</label><select id="${name}" name="${name}">${options.map(
      ([each, words]) => html`<option value="${each}"${each === (value ?? '') && html` selected`}>${words}</option>`,
    )}</select></div>`;
  const kinds = Object.entries(KINDS).map(([name, { words }]): [string, string] => [name, words]);
  const outcomes = OUTCOMES.map((each): [string, string] => [each, each.replace('_', ' ')]);
  return html`<form method="get" action="/record" class="search card">
${choice('kind', 'Look for', kind, [['', 'what was written'], ...kinds.slice(1)])}
${field('who', 'Who', who, 'ana')}
${field('target', 'Where', target, 'shop')}
${field('relation', 'Table', relation, 'public.orders')}
${field('form', 'Statement has', said, 'UPDATE orders')}
${choice('outcome', 'Came of it', outcome, [['', 'anything'], ...outcomes])}
${field('since', 'Since', since, '7d, or 2026-11-30')}
${field('until', 'Until', until, '2026-11-30 14:00')}
<div class="row"><button>Search</button></div></form>`;
}

function cells({ at, kind, principal, target, elevation, words }: Line, now: Date): Part[] {
  const long = words.length > 400;
  return [
    time(at, now),
    principal ?? '',
    target ?? '',
    html`<span class="soft">${kind.replaceAll('_', ' ')}</span> <code class="code">${long ? `${words.slice(0, 400)}…` : words}</code>`,
    elevation && html`<a href="/elevations/${elevation}">its elevation</a>`,
  ];
}
