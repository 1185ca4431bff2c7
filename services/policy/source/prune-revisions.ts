// Which stored policies nothing needs any more: refused uploads, and what decided nothing that is still in the record.
import type pg from 'pg';
import { ACTIVATION_LOCK } from './revisions.ts';

/** Content hashes of what was stored, and last in force, before `before` and neither decides nor is needed to replay what did. As the ledger's owner. */
export async function prunableRevisions(owner: pg.ClientBase, before: Date): Promise<string[]> {
  const { rows } = await owner.query<{ content: string; revision: string; activated: boolean }>(CANDIDATES, [before]);
  // Without an activation nothing can have been decided by it: the record need not be read.
  const decided = rows.some(({ activated }) => activated) ? await revisionsInRecord(owner) : new Set<string>();
  return rows.filter(({ revision }) => !decided.has(revision)).map(({ content }) => content);
}

/** Removes them, and returns how many there were; what was activated again meanwhile stays. In a transaction. */
export async function removeRevisions(
  owner: pg.ClientBase,
  contents: readonly string[],
  before: Date,
): Promise<number> {
  // Whoever is activating one of them either has it in force by now, or stores it anew afterwards.
  await owner.query(ACTIVATION_LOCK);
  const { rows } = await owner.query<{ content: string }>(CANDIDATES, [before]);
  const still = new Set(rows.map(({ content }) => content));
  const { rowCount } = await owner.query('DELETE FROM policy_revision WHERE content = ANY ($1::text[])', [
    contents.filter((content) => still.has(content)),
  ]);
  return rowCount ?? 0;
}

/**
 * Of the database's and of directories', the one in force and the one before it (for gateways that cannot use the newest) are none,
 * however old; nor is the last that decided otherwise, which a rollback goes back to.
 */
const CANDIDATES = `
  WITH activation AS (
    SELECT revision, seq, actor IS NULL AS source, lead(activated_at) OVER (source ORDER BY seq) AS until,
      row_number() OVER (source ORDER BY seq DESC) AS age, first_value(revision) OVER (source ORDER BY seq DESC) AS newest
    FROM policy_activation WINDOW source AS (PARTITION BY actor IS NULL)
  ), force AS (
    SELECT *, max(seq) FILTER (WHERE revision <> newest) OVER (PARTITION BY source) AS back FROM activation
  )
  SELECT p.content, p.revision, EXISTS (SELECT FROM force f WHERE f.revision = p.revision) AS activated
  FROM policy_revision p
  WHERE p.stored_at < $1 AND NOT EXISTS (
    SELECT FROM force f WHERE f.revision = p.revision AND (f.age <= 2 OR f.seq = f.back OR f.until IS NULL OR f.until >= $1)
  )
  ORDER BY p.stored_at`;

/** Reads the whole record: it has no index by revision, which each of its entries would pay for. */
async function revisionsInRecord(owner: pg.ClientBase): Promise<Set<string>> {
  const { rows } = await owner.query<{ revision: string | null }>(
    `SELECT DISTINCT body::jsonb ->> 'revision' AS revision FROM entry
     WHERE jsonb_typeof(body::jsonb -> 'decided') = 'object'
     UNION
     SELECT DISTINCT form ->> 'revision' FROM entry, jsonb_path_query(body::jsonb, '$.forms[*] ? (@.decided != null)') AS form
     WHERE kind IN ('reads', 'writes')`,
  );
  return new Set(rows.flatMap(({ revision }) => revision ?? []));
}
