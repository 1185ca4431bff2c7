// Requests: what waits for me to answer, what I wait for; and one of them, facts first, the reason as the requester's own words.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import { inWords } from '../../../../contract/durations.ts';
import type { Principal } from '../../../../contract/words.ts';
import type { Answerer, OwedReview, RequestRecord } from '../../../../elevation/requests/requests.ts';
import type { ElevationRecord } from '../../../../ledger/read/elevation-records.ts';
import { HttpProblem } from '../../problems.ts';
import { done, problemOf } from '../../routes/requests.ts';
import { LIVE_PARTS } from '../assets.ts';
import type { PageDeps } from '../console.ts';
import { html, type Html, type Part } from '../html.ts';
import { proofOf, show, visitor } from '../page.ts';
import { action, ago, empty, facts, time } from '../parts.ts';
import type { LivePart } from './live.ts';

const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9_-]+$' }) });
const Why = Type.Object({ why: Type.Optional(Type.String({ maxLength: 2_000 })) });
const Comment = Type.Object({ comment: Type.String({ maxLength: 2_000 }) });

/** Returns what stands on its first page, for whoever keeps looking. */
export function requestPages(plain: FastifyInstance, deps: PageDeps): LivePart {
  const { requests, requestView: view, clock } = deps;
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const find = async (who: Principal, id: string): Promise<RequestRecord> => {
    const record = await requests.show(id);
    if (record === null || !view.maySee(who, record)) throw new HttpProblem('not_found');
    return record;
  };

  app.get('/requests', async (request, reply) => {
    const body = html`<section data-live="requests">${await part(visitor(request).principal)}</section>`;
    return show(request, reply, { title: 'Requests', at: '/requests', scripts: [LIVE_PARTS], body });
  });

  async function part(principal: Principal): Promise<Html> {
    const now = clock.now();
    const [open, mine, owed] = await Promise.all([
      requests.list({ open: true, limit: 1_000 }),
      requests.list({ principal: principal.id, limit: 20 }),
      requests.owed(),
    ]);
    const forMe = open.filter((record) => view.isAsked(principal, record));
    const reviews = owed.filter((review) => requests.mayReview(principal, review));
    return html`
<h2>For you to answer</h2>
${forMe.length === 0 ? empty('Nobody waits for you. Who asks to write where you must agree stands here.') : forMe.map((record) => card(record, now))}
${
  reviews.length > 0 &&
  html`<h2>For you to review</h2>
${reviews.map(
  (review) => html`<article class="card alarm"><p class="label alarm">Broke glass · ${review.target.name}</p>
<h3><a href="/reviews/${review.elevation}">${review.principal.id} wrote without asking, ${ago(review.since, now)}</a></h3></article>`,
)}`
}
<h2>Yours</h2>
${mine.length === 0 ? empty('You have asked for nothing. Where others must agree first, sudo asks them, and what becomes of it stands here.') : mine.map((record) => card(record, now))}`;
  }

  app.get('/requests/:id', { schema: { params: Id } }, async (request, reply) => {
    const me = visitor(request);
    const { principal } = me;
    const record = await find(principal, request.params.id);
    const now = clock.now();
    const asked = view.isAsked(principal, record);
    const known = asked ? await view.facts(record) : null;
    const { session, target } = record;
    const body = html`<article class="card${record.state === 'pending' && ' write'}">
<p class="label${record.state === 'pending' && ' write'}">${stateWords(record)}</p>
${facts([
  [
    'Who',
    html`<strong>${record.principal.id}</strong>${record.principal.email !== null && ` <${record.principal.email}>`}`,
  ],
  ['Groups', record.principal.groups.join(', ') || 'none'],
  ['Where', html`${target.name}${target.labels.environment !== undefined && ` (${target.labels.environment})`}`],
  ['How long', inWords(record.seconds)],
  ['From', `${session.application_name || 'a client without a name'}, ${session.client_address}`],
  [
    'Asked',
    html`${ago(record.askedAt, now)}: ${record.sets.map(({ name, count }) => `${count} of ${name}`).join(' and ')}`,
  ],
  ['Agreed', record.approvals.map(({ principal: each }) => each.id).join(', ') || 'nobody yet'],
  record.state === 'pending' || record.state === 'approved' ? ['Until', time(record.until, now)] : null,
  record.end?.by != null
    ? ['Ended by', html`${record.end.by}${record.end.why !== null && `: ${record.end.why}`}`]
    : null,
  record.end?.elevation != null
    ? ['Used by', html`<a href="/elevations/${record.end.elevation}">what was written by it</a>`]
    : null,
  known && ['Wrote lately', wrote(known.lately, now, ({ target: on }) => on)],
  known && ['Live there now', wrote(known.live, now, ({ principal: who }) => who)],
])}
<p class="soft">In their words:</p>
<blockquote class="quote">${view.reason(principal, record) ?? 'not for you to see'}</blockquote>
${asked && (record.confirm ? confirmation(record, requests.isFresh(proofOf(me)), inWords(deps.people.settings.confirm.withinMs / 1_000)) : answers(record))}
${
  record.principal.id === principal.id &&
  (record.state === 'pending' || record.state === 'approved') &&
  html`<p class="soft">${record.confirm ? 'It is yours to confirm, and nobody else’s.' : 'It is yours: somebody else answers it.'}</p><div class="row">${action(`/requests/${record.id}/withdraw`, 'Take it back', 'quiet')}</div>`
}
</article>`;
    const title = record.confirm
      ? `Confirm that you write to ${record.target.name}`
      : `${record.principal.id} asks to write to ${record.target.name}`;
    return show(request, reply, { title, at: '/requests', body });
  });

  for (const answer of ['approve', 'deny'] as const) {
    app.post(`/requests/:id/${answer}`, { schema: { params: Id, body: Why } }, async (request, reply) => {
      const me = visitor(request);
      const { principal } = me;
      await find(principal, request.params.id);
      const proof = proofOf(me);
      const who: Answerer = { principal, via: 'page', ...(proof && { proof }) };
      done(await requests.answer(request.params.id, who, answer, request.body.why ?? null));
      return reply.redirect(`/requests/${request.params.id}`, 303);
    });
  }

  app.post('/requests/:id/withdraw', { schema: { params: Id } }, async (request, reply) => {
    const { principal } = visitor(request);
    await find(principal, request.params.id);
    done(await requests.withdraw(request.params.id, { principal, via: 'page' }));
    return reply.redirect(`/requests/${request.params.id}`, 303);
  });

  const findReview = async (who: Principal, id: string): Promise<OwedReview> => {
    const review = await requests.showReview(id);
    if (review === null || !view.maySeeReview(who, review)) throw new HttpProblem('not_found');
    return review;
  };

  app.get('/reviews/:id', { schema: { params: Id } }, async (request, reply) => {
    const { principal } = visitor(request);
    const review = await findReview(principal, request.params.id);
    const now = clock.now();
    const body = html`<article class="card${review.review === null && ' alarm'}">
<p class="label${review.review === null && ' alarm'}">${review.review === null ? 'A review is owed' : 'Reviewed'}</p>
${facts([
  ['Who', html`<strong>${review.principal.id}</strong>`],
  ['Where', review.target.name],
  ['When', time(review.since, now)],
  ['Would have been asked', review.sets.map(({ name, count }) => `${count} of ${name}`).join(' and ') || 'nobody'],
  ['What was written', html`<a href="/elevations/${review.elevation}">its statements, and what came of them</a>`],
  review.review && ['Reviewed by', html`${review.review.by}: ${review.review.comment}`],
])}
<p class="soft">In their words:</p>
<blockquote class="quote">${review.reason}</blockquote>
${
  review.review === null &&
  requests.mayReview(principal, review) &&
  html`<form method="post" action="/reviews/${review.elevation}">
<label for="comment">What you found</label>
<textarea id="comment" name="comment" rows="3" maxlength="500" required></textarea>
<div class="row"><button>Close the review</button></div></form>`
}
</article>`;
    return show(request, reply, { title: `${review.principal.id} broke glass`, at: '/requests', body });
  });

  app.post('/reviews/:id', { schema: { params: Id, body: Comment } }, async (request, reply) => {
    const { principal } = visitor(request);
    await findReview(principal, request.params.id);
    const who = { principal, via: 'page' } as const;
    const reviewed = await requests.review(request.params.id, who, request.body.comment);
    if (!reviewed.ok) throw problemOf(reviewed);
    return reply.redirect(`/reviews/${request.params.id}`, 303);
  });
  return part;
}

function stateWords({ state }: RequestRecord): string {
  switch (state) {
    case 'pending':
      return 'Waits for an answer';
    case 'approved':
      return 'Approved, not used yet';
    case 'used':
      return 'Approved, and used';
    case 'expired':
      return 'Not answered, or not used, in time';
    default:
      return state === 'denied' ? 'Denied' : 'Taken back';
  }
}

function card(record: RequestRecord, now: Date): Html {
  const { id, principal, target, seconds, askedAt, state } = record;
  return html`<article class="card${state === 'pending' && ' write'}">
<p class="label${state === 'pending' && ' write'}">${stateWords(record)}</p>
<h3><a href="/requests/${id}">${principal.id}, to write to ${target.name} for ${inWords(seconds)}</a></h3>
<p class="soft">Asked ${ago(askedAt, now)}</p></article>`;
}

/** By the person who asked; first by a fresh sign-in, where theirs is older. */
function confirmation({ id }: RequestRecord, fresh: boolean, within: string): Html {
  if (fresh)
    return html`<form method="post" action="/requests/${id}/approve"><div class="row"><button>It was I who asked: confirm</button></div></form>`;
  return html`<p class="soft">A sign-in of the last ${within} confirms it; yours is older, or not of the kind that is needed.</p>
<div class="row"><a class="button" href="/sign-in/fresh?to=/requests/${id}">Sign in afresh</a></div>`;
}

/** One form for both answers: the reason is for either. */
function answers({ id }: RequestRecord): Html {
  return html`<form method="post" action="/requests/${id}/approve">
<label for="why">What you want them to know (a no should say why)</label>
<textarea id="why" name="why" rows="2" maxlength="500"></textarea>
<div class="row"><button>Agree, once</button>
<button class="danger" formaction="/requests/${id}/deny">Say no</button></div></form>`;
}

function wrote(records: readonly ElevationRecord[], now: Date, name: (record: ElevationRecord) => string): Part {
  if (records.length === 0) return 'nothing';
  return records.map((record, n) => {
    const statements = record.summary === null ? '' : `, ${record.summary.statements} statements`;
    return html`${n > 0 && html`<br>`}<a href="/elevations/${record.id}">${name(record)}</a> ${ago(record.startedAt, now)}${statements}`;
  });
}
