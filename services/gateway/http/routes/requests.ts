import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import type { Principal } from '../../../contract/words.ts';
import type {
  Answered,
  Answerer,
  OwedReview,
  RequestRecord,
  Requests,
  Reviewed,
} from '../../../elevation/requests/requests.ts';
import type { ElevationRecord } from '../../../ledger/read/elevation-records.ts';
import type { Authenticate } from '../authenticate.ts';
import { HttpProblem, problemResponses, sentence } from '../problems.ts';
import type { RequestFacts, RequestView } from '../request-facts.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

const Request = Type.Object({
  id: Type.String(),
  state: Type.String(),
  principal: Type.String(),
  email: nullable(Type.String()),
  groups: Type.Array(Type.String()),
  target: Type.String(),
  environment: nullable(Type.String()),
  client_address: Type.String(),
  application_name: Type.String(),
  by: Type.String(),
  seconds: Type.Number(),
  /** In the requester's own words; null when policy does not let this principal read it. */
  reason: nullable(Type.String()),
  asked: Type.Array(Type.Object({ name: Type.String(), count: Type.Integer() })),
  approved_by: Type.Array(Type.String()),
  asked_at: Type.String(),
  until: Type.String(),
  /** Whether this principal is asked. */
  for_me: Type.Boolean(),
  ended_by: nullable(Type.String()),
  why: nullable(Type.String()),
  elevation: nullable(Type.String()),
});
const Brief = Type.Object({
  id: Type.String(),
  principal: Type.String(),
  target: Type.String(),
  started_at: Type.String(),
  state: Type.String(),
  statements: nullable(Type.Integer()),
});
const WithFacts = Type.Intersect([Request, Type.Object({ lately: Type.Array(Brief), live: Type.Array(Brief) })]);
const Review = Type.Object({
  elevation: Type.String(),
  principal: Type.String(),
  target: Type.String(),
  reason: Type.String(),
  since: Type.String(),
  /** Whether this principal may close it. */
  for_me: Type.Boolean(),
  reviewed_by: nullable(Type.String()),
  comment: nullable(Type.String()),
});

const id = Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9_-]+$' });
const Id = Type.Object({ id });
const Why = Type.Object({ why: Type.Optional(Type.String({ maxLength: 2_000 })) }, { additionalProperties: false });
const Comment = Type.Object({ comment: Type.String({ maxLength: 2_000 }) }, { additionalProperties: false });
const Filter = Type.Object(
  { show: Type.Optional(Type.Union([Type.Literal('mine'), Type.Literal('for-me'), Type.Literal('open')])) },
  { additionalProperties: false },
);

export interface RequestRouteDeps {
  authenticate: Authenticate;
  requests: Requests;
  view: RequestView;
}

/** Whoever has a human's token has signed in; what it may answer is `Requests.answer`'s to say. */
export function requestRoutes(plain: FastifyInstance, { authenticate, requests, view }: RequestRouteDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const security = [{ bearer: [] }];
  const find = async (principal: Principal, wanted: string): Promise<RequestRecord> => {
    const record = await requests.show(wanted);
    if (record === null || !view.maySee(principal, record)) throw new HttpProblem('not_found');
    return record;
  };
  const seen = (principal: Principal, record: RequestRecord): Static<typeof Request> => ({
    id: record.id,
    state: record.state,
    principal: record.principal.id,
    email: record.principal.email,
    groups: record.principal.groups,
    target: record.target.name,
    environment: record.target.labels.environment ?? null,
    client_address: record.session.client_address,
    application_name: record.session.application_name,
    by: record.by,
    seconds: record.seconds,
    reason: view.reason(principal, record),
    asked: record.sets.map(({ name, count }) => ({ name, count })),
    approved_by: record.approvals.map(({ principal: each }) => each.id),
    asked_at: record.askedAt.toISOString(),
    until: record.until.toISOString(),
    for_me: view.isAsked(principal, record),
    ended_by: record.end?.by ?? null,
    why: record.end?.why ?? null,
    elevation: record.end?.elevation ?? null,
  });

  app.get(
    '/v1/requests',
    {
      schema: {
        summary: 'Requests that this token may see: one’s own, those to answer, or all that are open',
        security,
        querystring: Filter,
        response: { 200: Type.Object({ requests: Type.Array(Request) }), ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await authenticate(request);
      const { show = 'open' } = request.query;
      const all = await requests.list(show === 'mine' ? { principal: principal.id } : { open: true, limit: 1_000 });
      const mine = all.filter((record) =>
        show === 'for-me' ? view.isAsked(principal, record) : view.maySee(principal, record),
      );
      return { requests: mine.slice(0, 100).map((record) => seen(principal, record)) };
    },
  );
  app.get(
    '/v1/requests/:id',
    {
      schema: {
        summary: 'One request, with what is known of who asks and of the target',
        security,
        params: Id,
        response: { 200: WithFacts, ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await authenticate(request);
      const record = await find(principal, request.params.id);
      const facts = view.isAsked(principal, record) ? await view.facts(record) : NO_FACTS;
      return { ...seen(principal, record), lately: facts.lately.map(brief), live: facts.live.map(brief) };
    },
  );
  for (const action of ['approve', 'deny'] as const) {
    app.post(
      `/v1/requests/:id/${action}`,
      {
        schema: {
          summary:
            action === 'approve' ? 'Agree to a request of somebody else' : 'Say no to a request of somebody else',
          security,
          params: Id,
          body: nullable(Why),
          response: { 200: Request, ...problemResponses },
        },
      },
      async (request) => {
        const { principal } = await authenticate(request);
        await find(principal, request.params.id);
        const who: Answerer = { principal, via: 'api' };
        return seen(principal, done(await requests.answer(request.params.id, who, action, request.body?.why ?? null)));
      },
    );
  }
  app.post(
    '/v1/requests/:id/withdraw',
    {
      schema: {
        summary: 'Take one’s own request back',
        security,
        params: Id,
        response: { 200: Request, ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await authenticate(request);
      await find(principal, request.params.id);
      return seen(principal, done(await requests.withdraw(request.params.id, { principal, via: 'api' })));
    },
  );
  app.get(
    '/v1/reviews',
    {
      schema: {
        summary: 'Reviews that are owed for broken glass, as far as this token may see them',
        security,
        response: { 200: Type.Object({ reviews: Type.Array(Review) }), ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await authenticate(request);
      const owed = (await requests.owed()).filter((review) => view.maySeeReview(principal, review));
      return { reviews: owed.map((review) => seenReview(review, requests.mayReview(principal, review))) };
    },
  );
  app.post(
    '/v1/elevations/:id/review',
    {
      schema: {
        summary: 'Close the review that is owed for an elevation that broke glass',
        security,
        params: Id,
        body: Comment,
        response: { 200: Review, ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await authenticate(request);
      const { params, body } = request;
      const owed = await requests.showReview(params.id);
      if (!owed || !view.maySeeReview(principal, owed)) throw new HttpProblem('not_found');
      const reviewed = await requests.review(params.id, { principal, via: 'api' }, body.comment);
      if (!reviewed.ok) throw problemOf(reviewed);
      return seenReview(reviewed.review, false);
    },
  );
}

const NO_FACTS: RequestFacts = { lately: [], live: [] };

/** Throws HttpProblem for an answer that was not taken. */
export function done(answered: Answered): RequestRecord {
  if (!answered.ok) throw problemOf(answered);
  return answered.request;
}

export function problemOf({ what, message }: (Answered | Reviewed) & { ok: false }): HttpProblem {
  switch (what) {
    case 'not_found':
      return new HttpProblem('not_found');
    case 'over':
      return new HttpProblem('not_open', sentence(message));
    case 'refused':
      return new HttpProblem('forbidden', sentence(message));
    case 'bad_why':
      return new HttpProblem('invalid_request', sentence(message));
  }
}

function brief({ id, principal, target, startedAt, state, summary }: ElevationRecord): Static<typeof Brief> {
  return { id, principal, target, started_at: startedAt.toISOString(), state, statements: summary?.statements ?? null };
}

function seenReview(review: OwedReview, forMe: boolean): Static<typeof Review> {
  return {
    elevation: review.elevation,
    principal: review.principal.id,
    target: review.target.name,
    reason: review.reason,
    since: review.since.toISOString(),
    for_me: forMe,
    reviewed_by: review.review?.by ?? null,
    comment: review.review?.comment ?? null,
  };
}
