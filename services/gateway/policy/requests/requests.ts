// Policies that wait for others' approval, as the ledger's database has them.
import type pg from 'pg';
import type { Activation, By, Database } from '../../../policy/source/revisions.ts';

/** Nobody remembers for longer what was asked, and the record goes on meanwhile. */
export const REQUEST_DAYS = 7;

export interface PolicyRequest {
  id: string;
  revision: string;
  /** Null: its files were pruned. */
  content: string | null;
  /** The activation that it would follow. */
  after: number;
  by: By;
  /** ISO 8601. */
  at: string;
  summary: string;
  /** Sentences: who could do what by it that is not so now. */
  rights: string[];
  /** Lines: rules, settings and files that differ. */
  difference: string[];
  /** Lines: what it would have made of recent decisions. */
  flips: string[];
  approved: string[];
  denied: string[];
  state: 'waiting' | 'active' | 'denied' | 'overtaken' | 'expired';
}

export type NewRequest = Pick<
  PolicyRequest,
  'id' | 'revision' | 'content' | 'after' | 'by' | 'summary' | 'rights' | 'difference' | 'flips'
>;

interface Row extends pg.QueryResultRow, Omit<PolicyRequest, 'by' | 'after' | 'state'> {
  actor: By;
  after: string;
  active: boolean;
  expired: boolean;
  latest: string | null;
}

const SELECT = `
  SELECT r.id, r.revision, r.content, r.after, r.actor, r.summary, r.rights, r.difference, r.flips,
    to_char(r.requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
    r.requested_at < now() - interval '${REQUEST_DAYS} days' AS expired,
    EXISTS (SELECT FROM policy_activation a WHERE a.request = r.id) AS active,
    (SELECT max(seq) FROM policy_activation WHERE actor IS NOT NULL) AS latest,
    ARRAY (SELECT principal FROM policy_answer a WHERE a.request = r.id AND answer = 'approve' ORDER BY answered_at) AS approved,
    ARRAY (SELECT principal FROM policy_answer a WHERE a.request = r.id AND answer = 'deny' ORDER BY answered_at) AS denied
  FROM policy_request r`;

/** Whatever asks: a pool, or a transaction's client. */
type Asked = Pick<Database, 'query'>;

/** Those that `prefix` begins, of all when it is empty; the newest first. */
export async function policyRequests(database: Asked, prefix = '', limit = 50): Promise<PolicyRequest[]> {
  const rows = await database.query<Row>(
    `${SELECT} WHERE starts_with(r.id, $1) ORDER BY r.requested_at DESC, r.id LIMIT $2`,
    [prefix, limit],
  );
  return rows.map(requestOf);
}

/** As a transaction sees it. */
export async function requestWithin(client: pg.ClientBase, id: string): Promise<PolicyRequest | null> {
  const { rows } = await client.query<Row>(`${SELECT} WHERE r.id = $1`, [id]);
  return rows[0] ? requestOf(rows[0]) : null;
}

export async function insertRequest(client: pg.ClientBase, one: NewRequest): Promise<void> {
  await client.query(
    `INSERT INTO policy_request (id, revision, content, after, actor, summary, rights, difference, flips)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[one.id, one.revision, one.content, one.after, JSON.stringify(one.by), one.summary],
      ...[one.rights, one.difference, one.flips].map((lines) => JSON.stringify(lines)),
    ],
  );
}

/** Whoever asks anew takes back what of theirs still waits. */
export async function withdraw(client: pg.ClientBase, by: By): Promise<void> {
  const { rows } = await client.query<Row>(`${SELECT} WHERE r.actor = $1`, [JSON.stringify(by)]);
  const name = 'principal' in by ? by.principal : by.operator;
  for (const { id, state } of rows.map(requestOf)) {
    if (state !== 'waiting') continue;
    await client.query("INSERT INTO policy_answer (request, principal, answer) VALUES ($1, $2, 'deny')", [id, name]);
  }
}

/** The one that waits for the same content after the same activation: it need not be asked for twice. */
export async function waitingFor(database: Asked, content: string, now: Activation): Promise<PolicyRequest | null> {
  const all = await policyRequests(database);
  return all.find((one) => one.state === 'waiting' && one.content === content && one.after === now.seq) ?? null;
}

function requestOf({ actor, after, active, expired, latest, ...row }: Row): PolicyRequest {
  const state = active
    ? 'active'
    : row.denied.length > 0
      ? 'denied'
      : latest !== after
        ? 'overtaken'
        : expired
          ? 'expired'
          : 'waiting';
  return { ...row, by: actor, after: Number(after), state };
}
