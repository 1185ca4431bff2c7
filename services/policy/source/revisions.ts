// Revisions and activations in the ledger's database, as they are read and stored; activating is the gateway's (record and notices).
import type pg from 'pg';
import { contentHashOf, type PolicyFiles, revisionOf } from './policy-files.ts';

/** The ledger's database, asked with the gateway's or the auditor's login. `ms`: for the answer. */
export interface Database {
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[], ms?: number): Promise<R[]>;
}

export type By = { principal: string } | { operator: string };

export interface Activation {
  seq: number;
  revision: string;
  /** Of all files; null only for what was not stored with its files. */
  content: string | null;
  kind: 'activated' | 'rolled_back';
  /** ISO 8601. */
  at: string;
  /** Null: a directory that a gateway watches. */
  by: By | null;
  summary: string;
  /** Sentences: who can do what by it and not by the one before, or no longer. */
  rights: string[];
}

export interface Revisions {
  /** The activation in force for gateways with `policy.source: database`, and the one before it: none of a directory's. */
  latest(): Promise<{ now: Activation; before: Activation | null } | null>;
  /** The newest first. */
  history(limit: number): Promise<Activation[]>;
  /** Full hashes of revisions that begin so (at least 6 hex digits), stored or in the history, at most 5. */
  startingWith(prefix: string): Promise<string[]>;
  /** The content that was stored last, if that was within two minutes: it may be activated next. */
  justStored(): Promise<string | null>;
  /** The newest stored files of a revision, or those of a content; null when there are none. Throws StoredWrongly when they are not what their hash says. */
  files(of: { revision: string } | { content: string }): Promise<PolicyFiles | null>;
  /** Stores files once; a revision is in force only by an activation. `within`: a transaction, instead of one of its own. */
  store(files: PolicyFiles, within?: Pick<pg.ClientBase, 'query'>): Promise<{ revision: string; content: string }>;
}

/** What is stored is not what its hash says: altered, or of another version. */
export class StoredWrongly extends Error {}

/** As `files` has them; null, too, where they are stored wrongly. */
export function filesIfWhole(
  revisions: Pick<Revisions, 'files'>,
  of: Parameters<Revisions['files']>[0],
): Promise<PolicyFiles | null> {
  return revisions.files(of).catch((error: unknown) => {
    if (error instanceof StoredWrongly) return null;
    throw error;
  });
}

/** Megabytes take longer than a look-up. */
const FILES_MS = 20_000;

interface Row extends pg.QueryResultRow {
  seq: string;
  revision: string;
  content: string | null;
  kind: Activation['kind'];
  at: string;
  actor: By | null;
  summary: string;
  rights: string[];
}

export const ACTIVATIONS = `SELECT seq, revision, content, kind, actor, summary, rights,
  to_char(activated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM policy_activation`;

/** Until the end of the transaction nothing else is activated, and nothing pruned. */
export const ACTIVATION_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('sudoql policy activation', 0))";

const STORE = 'INSERT INTO policy_revision (content, revision, files) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';

/** Those that somebody made; a gateway that watches a directory tells what it found there, and no other gateway follows it. */
export const ACTIVATED_HERE = `${ACTIVATIONS} WHERE actor IS NOT NULL`;

export function activationOf({ seq, actor, ...row }: Row): Activation {
  return { ...row, seq: Number(seq), by: actor };
}

export function makeRevisions(database: Database): Revisions {
  const newest = async (which: string, limit: number): Promise<Activation[]> =>
    (await database.query<Row>(`${which} ORDER BY seq DESC LIMIT $1`, [limit])).map(activationOf);
  return {
    history: (limit) => newest(ACTIVATIONS, limit),
    async latest() {
      const [now, before = null] = await newest(ACTIVATED_HERE, 2);
      return now ? { now, before } : null;
    },
    async startingWith(prefix) {
      if (!/^[0-9a-f]{6,64}$/.test(prefix)) return [];
      const rows = await database.query<{ revision: string }>(
        `SELECT revision FROM policy_revision WHERE starts_with(revision, $1)
         UNION SELECT revision FROM policy_activation WHERE starts_with(revision, $1) LIMIT 5`,
        [prefix],
      );
      return rows.map(({ revision }) => revision);
    },
    async justStored() {
      const [row] = await database.query<{ content: string }>(
        "SELECT content FROM policy_revision WHERE stored_at > now() - interval '2 minutes' ORDER BY stored_at DESC LIMIT 1",
      );
      return row?.content ?? null;
    },
    async files(of) {
      const [column, value] = 'content' in of ? ['content', of.content] : ['revision', of.revision];
      const [row] = await database.query<{ content: string; revision: string; files: string }>(
        `SELECT content, revision, files FROM policy_revision WHERE ${column} = $1 ORDER BY stored_at DESC LIMIT 1`,
        [value],
        FILES_MS,
      );
      if (!row) return null;
      const files = new Map(Object.entries(JSON.parse(row.files) as Record<string, string>));
      if (contentHashOf(files) !== row.content || revisionOf(files) !== row.revision) {
        throw new StoredWrongly(`The stored files of the revision ${row.revision} are not those that its hash names.`);
      }
      return files;
    },
    async store(files, within) {
      const [content, revision] = [contentHashOf(files), revisionOf(files)];
      const text = JSON.stringify(Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1))));
      const values = [content, revision, text];
      if (within) await within.query(STORE, values);
      else await database.query(STORE, values, FILES_MS);
      return { content, revision };
    },
  };
}
