import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import type { Principal, Target } from '../../../contract/words.ts';
import type { ElevationRecord, ElevationRecords } from '../../../ledger/read/elevation-records.ts';
import type { Authenticate } from '../authenticate.ts';
import { CURSOR, cursorOf, placeOf } from '../cursor.ts';
import type { Permissions } from '../permissions.ts';
import { HttpProblem, problemResponses } from '../problems.ts';
import { actorName, type Revoke } from '../../revocation.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

const Elevation = Type.Object({
  id: Type.String(),
  session: Type.String(),
  principal: Type.String(),
  target: Type.String(),
  /** Null when policy does not let this principal read it. */
  reason: nullable(Type.String()),
  by: Type.Union([Type.Literal('connect'), Type.Literal('in-band')]),
  state: Type.Union([Type.Literal('live'), Type.Literal('ended')]),
  started_at: Type.String(),
  deadline: Type.String(),
  ended_at: nullable(Type.String()),
  why_ended: nullable(Type.String()),
  revoked_by: nullable(Type.String()),
});
type Elevation = Static<typeof Elevation>;

/** PostgreSQL's text takes no zero byte. */
const NO_NUL = '^[^\\u0000]*$';
const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100, pattern: NO_NUL }) });
const Moment = Type.String({ format: 'date-time', maxLength: 40 });
const Filter = Type.Object(
  {
    state: Type.Optional(Type.Union([Type.Literal('live'), Type.Literal('ended')])),
    principal: Type.Optional(Type.String({ maxLength: 200, pattern: NO_NUL })),
    target: Type.Optional(Type.String({ maxLength: 100, pattern: NO_NUL })),
    /** Begun at or after, and before. */
    since: Type.Optional(Moment),
    until: Type.Optional(Moment),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    /** `next` of the page before. */
    after: Type.Optional(Type.String(CURSOR)),
  },
  { additionalProperties: false },
);

export interface ElevationRouteDeps {
  authenticate: Authenticate;
  permissions: Permissions;
  records: ElevationRecords;
  targets: readonly Target[];
  revoke: Revoke;
}

/** List, show, revoke. Who may see which, whose reason, and who may stop whom is policy's to say. */
export function elevationRoutes(plain: FastifyInstance, deps: ElevationRouteDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const security = [{ bearer: [] }];
  /** A target that is no longer configured is judged by its name alone. */
  const targetOf = (name: string): Target =>
    deps.targets.find((target) => target.name === name) ?? { name, labels: {} };
  const verdict = (principal: Principal, action: 'show' | 'show_reason' | 'revoke', record: ElevationRecord) =>
    deps.permissions.may(principal, `elevation.${action}`, record.principal, targetOf(record.target));
  const seen = (principal: Principal, record: ElevationRecord): Elevation => ({
    id: record.id,
    session: record.session,
    principal: record.principal,
    target: record.target,
    reason: verdict(principal, 'show_reason', record).allowed ? record.reason : null,
    by: record.by,
    state: record.state,
    started_at: record.startedAt.toISOString(),
    deadline: record.deadline.toISOString(),
    ended_at: record.endedAt?.toISOString() ?? null,
    why_ended: record.why,
    revoked_by: record.revokedBy === null ? null : actorName(record.revokedBy),
  });
  /** Throws the same refusal for what is not there and for what this principal may not see. */
  const find = async (principal: Principal, id: string): Promise<ElevationRecord> => {
    const record = await deps.records.show(id);
    if (record === null || !verdict(principal, 'show', record).allowed) throw new HttpProblem('not_found');
    return record;
  };

  app.get(
    '/v1/elevations',
    {
      schema: {
        summary: 'Elevations that this token may see, the newest first',
        security,
        querystring: Filter,
        response: {
          200: Type.Object({
            elevations: Type.Array(Elevation),
            /** For `after`, when there are more; else null. */
            next: nullable(Type.String()),
          }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const { principal } = await deps.authenticate(request);
      const { state, since, until, after, limit = 100, ...of } = request.query;
      const filter = {
        ...of,
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(until === undefined ? {} : { until: new Date(until) }),
      };
      // Who may see which is asked first: a limit cuts what this token sees, not what there is.
      const among = (await deps.records.pairs(filter)).filter(
        (pair) => deps.permissions.may(principal, 'elevation.list', pair.principal, targetOf(pair.target)).allowed,
      );
      if (among.length === 0) return { elevations: [], next: null };
      const records = await deps.records.list({
        ...filter,
        among,
        // One more than is shown tells whether there are more.
        limit: limit + 1,
        ...(state === undefined ? {} : { live: state === 'live' }),
        ...(after === undefined ? {} : { after: placeOf(after) }),
      });
      const page = records.slice(0, limit);
      const last = page.at(-1);
      return {
        elevations: page.map((record) => seen(principal, record)),
        next: last && records.length > limit ? cursorOf(last.place) : null,
      };
    },
  );
  app.get(
    '/v1/elevations/:id',
    { schema: { summary: 'One elevation', security, params: Id, response: { 200: Elevation, ...problemResponses } } },
    async (request) => {
      const { principal } = await deps.authenticate(request);
      return seen(principal, await find(principal, request.params.id));
    },
  );
  app.post(
    '/v1/elevations/:id/revoke',
    {
      schema: {
        summary: 'Stop an elevation: its transaction is rolled back and its connection gone within a second',
        security,
        params: Id,
        response: { 200: Type.Object({ revoked: Type.Literal(true), id: Type.String() }), ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await deps.authenticate(request);
      const record = await find(principal, request.params.id);
      const allowed = verdict(principal, 'revoke', record);
      if (!allowed.allowed) throw new HttpProblem('forbidden', allowed.message);
      if (!(await deps.revoke(record.id, { principal: principal.id }))) throw new HttpProblem('already_ended');
      return { revoked: true as const, id: record.id };
    },
  );
}
