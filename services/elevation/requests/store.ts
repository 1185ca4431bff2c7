// Rows of requests and reviews.
import type pg from 'pg';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import type { Via } from '../../ledger/entry/entry.ts';
import type { Principal } from '../../contract/words.ts';
import type { Approval, AskedBody, OwedReview, RequestFilter, RequestRecord, RequestState } from './requests.ts';

export type Query = <R extends pg.QueryResultRow>(text: string, values: unknown[]) => Promise<R[]>;

export const onPool =
  (pool: Pick<LedgerPool, 'query'>): Query =>
  (text, values) =>
    pool.query(text, values);
export const onClient =
  (client: pg.ClientBase): Query =>
  async (text, values) =>
    (await client.query(text, values)).rows as never;

interface Row extends pg.QueryResultRow {
  request: string;
  body: AskedBody;
  asked_at: Date;
  expires_at: Date;
  age: number;
  past: boolean;
  approvals: { principal: Principal; at: string; via: Via; why: string | null }[] | null;
  approved: { until: string; past: boolean } | null;
  over: { state: RequestState; at: string; by?: string; why?: string; elevation?: string } | null;
}

/** All times are the ledger's: a gateway's clock may step. */
const SELECT = `
  SELECT r.request, r.body, r.asked_at, r.expires_at,
    extract(epoch FROM clock_timestamp() - r.asked_at)::float8 AS age, r.expires_at <= clock_timestamp() AS past,
    (SELECT jsonb_agg(a.body || jsonb_build_object('at', a.approved_at) ORDER BY a.approved_at)
     FROM request_approval a WHERE a.request = r.request) AS approvals,
    (SELECT jsonb_build_object('until', s.until, 'past', s.until <= clock_timestamp())
     FROM request_state s WHERE s.request = r.request AND s.state = 'approved') AS approved,
    (SELECT s.body || jsonb_build_object('state', s.state, 'at', s.at)
     FROM request_state s WHERE s.request = r.request AND s.state <> 'approved') AS over
  FROM request r`;
const OPEN = `NOT EXISTS (SELECT FROM request_state o WHERE o.request = r.request AND o.state <> 'approved')`;
/** When an open one's time is over: to be answered, or to be used. */
const UNTIL = `coalesce((SELECT u.until FROM request_state u WHERE u.request = r.request AND u.state = 'approved'), r.expires_at)`;

export async function showRequest(query: Query, id: string): Promise<RequestRecord | null> {
  const [row] = await query<Row>(`${SELECT} WHERE r.request = $1`, [id]);
  return row ? recordOf(row) : null;
}

/** Open ones that ask for the same, the newest first. */
export async function findRequest(query: Query, principal: string, binding: string): Promise<RequestRecord | null> {
  const rows = await query<Row>(
    `${SELECT} WHERE r.principal = $1 AND r.binding = $2 AND ${OPEN} ORDER BY r.asked_at DESC LIMIT 2`,
    [principal, binding],
  );
  return rows.map(recordOf).find(({ state }) => state === 'pending' || state === 'approved') ?? null;
}

export async function listRequests(
  query: Query,
  { principal, open, limit = 100 }: RequestFilter,
): Promise<RequestRecord[]> {
  const rows = await query<Row>(
    `${SELECT} WHERE ($1::text IS NULL OR r.principal = $1) AND (NOT $2 OR ${OPEN}) ORDER BY r.asked_at DESC LIMIT $3`,
    [principal ?? null, open ?? false, Math.min(limit, 1_000)],
  );
  const records = rows.map(recordOf);
  return open ? records.filter(({ state }) => state === 'pending' || state === 'approved') : records;
}

/** Of a principal: how many are open, and how many were made within the hour. */
export async function countRequests(query: Query, principal: string): Promise<{ open: number; hour: number }> {
  const [row] = await query<{ open: number; hour: number }>(
    `SELECT count(*) FILTER (WHERE ${OPEN} AND ${UNTIL} > clock_timestamp())::int AS open,
       count(*) FILTER (WHERE r.asked_at > clock_timestamp() - interval '1 hour')::int AS hour
     FROM request r WHERE r.principal = $1`,
    [principal],
  );
  if (!row) throw new Error('An aggregate gave no row.');
  return row;
}

/** Open by their rows, whose time is over. */
export async function expiredRequests(query: Query): Promise<RequestRecord[]> {
  const rows = await query<Row>(
    `${SELECT} WHERE ${OPEN} AND ${UNTIL} <= clock_timestamp() ORDER BY r.asked_at LIMIT 200`,
    [],
  );
  return rows.map(recordOf);
}

/** What is over by its time is expired, before anybody has recorded it: the moment decides, not who looks first. */
function recordOf({
  request: id,
  body,
  asked_at,
  expires_at,
  age,
  past,
  approvals,
  approved,
  over,
}: Row): RequestRecord {
  const late = approved ? approved.past : past;
  const state = over?.state ?? (late ? 'expired' : approved ? 'approved' : 'pending');
  return {
    ...body,
    id,
    state,
    askedAt: asked_at,
    until: approved ? new Date(approved.until) : expires_at,
    ageSeconds: age,
    approvals: (approvals ?? []).map(({ at, ...rest }): Approval => ({ ...rest, at: new Date(at) })),
    end: over && {
      at: new Date(over.at),
      by: over.by ?? null,
      why: over.why ?? null,
      elevation: over.elevation ?? null,
    },
  };
}

/** Until the transaction's end nobody else changes this request's state. */
export async function lockRequest(client: pg.ClientBase, id: string): Promise<RequestRecord | null> {
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('sudoql request ' || $1, 0))", [id]);
  return showRequest(onClient(client), id);
}

/** A state and the word to whoever waits, at the transaction's end. */
export async function putState(
  client: pg.ClientBase,
  id: string,
  state: Exclude<RequestState, 'pending'>,
  body: object,
  useSeconds: number | null = null,
): Promise<void> {
  await client.query(
    `INSERT INTO request_state (request, state, body, until)
     VALUES ($1, $2, $3, clock_timestamp() + $4::float8 * interval '1 second')`,
    [id, state, JSON.stringify(body), useSeconds],
  );
  await client.query('SELECT pg_notify($1, $2)', [CHANGED, id]);
}

/** The channel of NOTIFY. Its payload is an id whose rows are read again. */
export const CHANGED = 'sudoql_request';

interface ReviewRow extends pg.QueryResultRow {
  elevation: string;
  body: Omit<OwedReview, 'elevation' | 'since' | 'ageSeconds' | 'review'>;
  since: Date;
  age: number;
  review: { at: string; by: string; comment: string } | null;
}

const REVIEWS = `
  SELECT o.elevation, o.body, o.since, extract(epoch FROM clock_timestamp() - o.since)::float8 AS age,
    (SELECT v.body || jsonb_build_object('at', v.at) FROM review v WHERE v.elevation = o.elevation) AS review
  FROM review_owed o`;

const reviewOf = ({ elevation, body, since, age, review }: ReviewRow): OwedReview => ({
  ...body,
  elevation,
  since,
  ageSeconds: age,
  review: review && { ...review, at: new Date(review.at) },
});

export async function showReview(query: Query, elevation: string): Promise<OwedReview | null> {
  const [row] = await query<ReviewRow>(`${REVIEWS} WHERE o.elevation = $1`, [elevation]);
  return row ? reviewOf(row) : null;
}

export async function owedReviews(query: Query): Promise<OwedReview[]> {
  const rows = await query<ReviewRow>(
    `${REVIEWS} WHERE NOT EXISTS (SELECT FROM review v WHERE v.elevation = o.elevation) ORDER BY o.since LIMIT 1000`,
    [],
  );
  return rows.map(reviewOf);
}
