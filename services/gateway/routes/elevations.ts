import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { Principal, Target } from '../../contract/words.ts';
import type { ElevationRecord, ElevationRecords } from '../../ledger/elevation-records.ts';
import type { Authenticate } from '../http/authenticate.ts';
import type { Permissions } from '../http/permissions.ts';
import { HttpProblem, problemResponses } from '../http/problems.ts';
import { actorName, type Revoke } from '../revocation.ts';

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
const Filter = Type.Object(
  {
    state: Type.Optional(Type.Union([Type.Literal('live'), Type.Literal('ended')])),
    principal: Type.Optional(Type.String({ maxLength: 200, pattern: NO_NUL })),
    target: Type.Optional(Type.String({ maxLength: 100, pattern: NO_NUL })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
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
  const verdict = (principal: Principal, action: 'list' | 'show' | 'show_reason' | 'revoke', record: ElevationRecord) =>
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
        response: { 200: Type.Object({ elevations: Type.Array(Elevation) }), ...problemResponses },
      },
    },
    async (request) => {
      const { principal } = await deps.authenticate(request);
      const { state, ...filter } = request.query;
      const live = state === undefined ? {} : { live: state === 'live' };
      const records = await deps.records.list({ limit: 100, ...filter, ...live });
      return {
        elevations: records
          .filter((record) => verdict(principal, 'list', record).allowed)
          .map((record) => seen(principal, record)),
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
