// One elevation: who, why and until when; what it did, and what came of it; who was told, and what was said of it.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import { inWords } from '../../../../contract/durations.ts';
import type { Principal } from '../../../../contract/words.ts';
import type { OwedReview } from '../../../../elevation/requests/requests.ts';
import type { ElevationRecord } from '../../../../ledger/read/elevation-records.ts';
import type { ElevationAccount, FormAccount } from '../../../../ledger/read/elevation-account.ts';
import type { NoticeRow } from '../../../../notifier/board.ts';
import { HttpProblem, sentence } from '../../problems.ts';
import type { PageDeps } from '../console.ts';
import { endWords, makeElevationView } from '../elevation-view.ts';
import { html, type Html, type Part } from '../html.ts';
import { show, visitor } from '../page.ts';
import { action, empty, facts, table, time } from '../parts.ts';
import { remarksPart } from '../remarks-part.ts';
import { rowsWords } from '../written-words.ts';
import { noticeCells, NOTICE_COLUMNS } from './notices.ts';

const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9_-]+$' }) });
const Said = Type.Object({
  says: Type.Union([
    Type.Literal('comment'),
    Type.Literal('acknowledged'),
    Type.Literal('question'),
    Type.Literal('answer'),
  ]),
  text: Type.Optional(Type.String({ maxLength: 2_000 })),
});

export function elevationPages(plain: FastifyInstance, deps: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { data, requests, requestView, remarks, permissions, revoke, clock } = deps;
  const view = makeElevationView(deps);
  /** Who may review it sees and reads it, too: they could not otherwise. Throws the same for what is not there and for what this person may not see. */
  const find = async (who: Principal, id: string) => {
    const [record, review] = await Promise.all([deps.records.show(id), requests.showReview(id)]);
    const reviews = review !== null && requests.mayReview(who, review);
    if (record === null || !(reviews || view.maySee(who, record))) throw new HttpProblem('not_found');
    return { record, review: review && requestView.maySeeReview(who, review) ? review : null, reviews };
  };

  app.get('/elevations/:id', { schema: { params: Id } }, async (request, reply) => {
    const { principal } = visitor(request);
    const { record, review, reviews } = await find(principal, request.params.id);
    const now = clock.now();
    const reads = reviews || view.mayRead(principal, record);
    const reason = reviews ? record.reason : view.reason(principal, record);
    const told = permissions.may(principal, 'notice.read', null, view.targetOf(record.target)).allowed;
    const [account, said, notices, entries] = await Promise.all([
      reads ? data.account(record.id) : null,
      remarks.list(record.id),
      told ? data.notices.of(record.id) : null,
      reads ? data.entries({ elevation: record.id, kinds: [...PROVED] }, { limit: 20 }) : null,
    ]);
    const remark = view.verdict(principal, 'remark', record).allowed;
    const body = html`${head({ principal, record, reason, review, account, now })}
${
  account === null
    ? html`<p class="empty">What its statements were is not for you to see.</p>`
    : html`${statements(account)}${refusals(account)}${leftBehind(record)}`
}
${remarksPart({ record, said, mine: principal.id === record.principal, remark, now })}
${
  notices &&
  html`<h2>Who was told</h2>
${
  notices.length === 0
    ? empty('No notice of it is in the outbox any more.')
    : table(
        NOTICE_COLUMNS,
        notices.map((each: NoticeRow) => noticeCells(each, now)),
      )
}`
}
${
  entries &&
  html`<h2>Proof</h2>
<p class="soft">Where its beginning and its end stand in the record. <code>sudoqld ledger verify --head HASH</code> proves that nothing before was altered.</p>
${table(
  ['Entry', 'When', 'Place in its chain', 'Hash'],
  entries.entries
    .map(({ kind, at, seq, chain, hash }) => [
      kind,
      time(new Date(at), now),
      html`${seq} of <code>${chain}</code>`,
      html`<code>${hash}</code>`,
    ])
    .reverse(),
)}`
}`;
    const title = `${record.principal} ${record.state === 'live' ? 'writes' : 'wrote'} to ${record.target}`;
    return show(request, reply, { title, at: '/now', body });
  });

  app.post('/elevations/:id/end', { schema: { params: Id } }, async (request, reply) => {
    const { principal } = visitor(request);
    const { record } = await find(principal, request.params.id);
    const verdict = view.verdict(principal, 'revoke', record);
    if (!verdict.allowed) throw new HttpProblem('forbidden', verdict.message);
    // One that has ended meanwhile is what was wanted.
    await revoke(record.id, { principal: principal.id });
    return reply.redirect('/now', 303);
  });

  app.post('/elevations/:id/remarks', { schema: { params: Id, body: Said } }, async (request, reply) => {
    const { principal } = visitor(request);
    const { record } = await find(principal, request.params.id);
    const verdict = view.verdict(principal, 'remark', record);
    if (!verdict.allowed) throw new HttpProblem('forbidden', verdict.message);
    const { says, text } = request.body;
    const made = await remarks.make(record, { principal, via: 'page' }, says, text ?? null);
    if (!made.ok) throw new HttpProblem(PROBLEMS[made.what], sentence(made.message));
    return reply.redirect(`/elevations/${record.id}#said`, 303);
  });

  function head({ principal, record, reason, review, account, now }: Head): Html {
    const live = record.state === 'live' && record.revokedBy === null;
    const target = view.targetOf(record.target);
    const seconds = ((record.endedAt ?? now).getTime() - record.startedAt.getTime()) / 1_000;
    const left = (record.deadline.getTime() - now.getTime()) / 1_000;
    const rows = account && rowsWords(account.rows);
    const { summary } = record;
    return html`<article class="card${live && ' write'}">
<p class="label${live && ' write'}">${live ? 'Write mode' : 'Over'} · ${record.target}${target.labels.environment !== undefined && ` (${target.labels.environment})`}</p>
${facts([
  ['Who', html`<strong>${record.principal}</strong>`],
  ['Why', reason ?? html`<span class="soft">not for you to see</span>`],
  ['Since', html`${time(record.startedAt, now)}${record.by === 'connect' && ', asked for when connecting'}`],
  live
    ? ['Left', left > 0 ? html`${inWords(left)}, until ${time(record.deadline, now)}` : 'nothing: it is about to end']
    : ['Lasted', inWords(Math.max(0, seconds))],
  live ? null : ['Ended', endWords(record)],
  rows && ['Written', [...rows, ...(account?.changed ?? []).map((each) => `${each} changed`)].join(', ') || 'no rows'],
  summary && ['Afterwards', afterwards(summary)],
  review && [
    'Broke glass',
    review.review
      ? html`reviewed by ${review.review.by}: ${review.review.comment}`
      : html`<a href="/reviews/${record.id}">a review is owed</a>`,
  ],
])}
${live && view.mayEnd(principal, record) && html`<div class="row">${action(`/elevations/${record.id}/end`, 'End it now', 'danger')}</div>`}
</article>`;
  }
}

interface Head {
  principal: Principal;
  record: ElevationRecord;
  /** Null where it is not for them to see. */
  reason: string | null;
  review: OwedReview | null;
  account: ElevationAccount | null;
  now: Date;
}

const PROVED = ['elevation_started', 'elevation_extended', 'elevation_revoked', 'elevation_ended'] as const;
const PROBLEMS = {
  bad_text: 'invalid_request',
  over: 'already_ended',
  not_yours: 'forbidden',
  too_many: 'too_often',
} as const;

function afterwards({ rolledBack, backend, unknown }: NonNullable<ElevationRecord['summary']>): string {
  return [
    rolledBack ? 'an open transaction was rolled back' : 'no transaction was left open',
    backend === 'gone' ? 'the database no longer shows the connection' : 'IT WAS NOT SEEN that the connection is gone',
    ...(unknown
      ? [
          unknown.statements === 1
            ? '1 statement may have been committed: its answer was lost'
            : `${unknown.statements} statements may have been committed: their answers were lost`,
        ]
      : []),
  ].join('; ');
}

function statements({ forms, unlisted }: ElevationAccount): Html {
  const rows = forms.map((form): Part[] => [
    html`<code class="code">${form.statement}</code>`,
    form.times,
    cameOf(form),
    form.rows,
  ]);
  return html`<h2>Statements</h2>
${rows.length === 0 ? empty('None has run. Each form stands here with how often it ran and what came of it; values are left out.') : table([{ wide: 'Statement' }, 'Times', 'Came of it', 'Rows'], rows)}
${unlisted > 0 && html`<p class="soft">${unlisted} more statements are of forms that are not listed: <code>sudoqld ledger show</code> has them.</p>`}`;
}

function cameOf({ times, failed, running, unknown, committed, rolledBack }: FormAccount): string {
  const open = times - failed - running - unknown - committed - rolledBack;
  const parts: [number, string][] = [
    [committed, 'committed'],
    [rolledBack, 'rolled back'],
    [failed, 'failed'],
    [unknown, 'unknown'],
    [running, 'running'],
    [open, 'in a transaction with what follows'],
  ];
  const said = parts.filter(([n]) => n > 0);
  return said.map(([n, words]) => (said.length === 1 && n === times ? words : `${n} ${words}`)).join(', ');
}

function refusals({ refused }: ElevationAccount): Part {
  if (refused.length === 0) return null;
  const rows = refused.map(({ statement, codes, times }): Part[] => [
    statement === null ? 'could not be parsed' : html`<code class="code">${statement}</code>`,
    times,
    codes.join(', '),
  ]);
  return html`<h2>Refused</h2>${table([{ wide: 'Statement' }, 'Times', 'Why'], rows)}`;
}

function leftBehind({ summary }: ElevationRecord): Part {
  if (!summary || summary.leftBehind.length === 0) return null;
  const rows = summary.leftBehind.map(({ effect, statement, unknown }): Part[] => [
    html`<code class="code">${statement}</code>`,
    `${effect}${unknown ? ', may have been committed' : ''}`,
  ]);
  return html`<h2>Left behind</h2>
<p class="soft">What acts later, or changed what is no table.</p>${table([{ wide: 'Statement' }, 'Effect'], rows)}`;
}
