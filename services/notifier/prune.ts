import pg from 'pg';

/** Old: all of a message's notices are, and it was told or given up. Notices wait for company, so one message can tell of several. */
const OLD = `
  SELECT m.message FROM notice_message m JOIN notice n ON n.id = m.notice
  GROUP BY m.message
  HAVING max(n.created_at) < $1 AND (
    SELECT a.outcome FROM notice_attempt a WHERE a.message = m.message ORDER BY a.attempt DESC LIMIT 1
  ) IN ('delivered', 'dead')`;

const COUNT = `SELECT count(*)::int AS notices FROM notice_message m JOIN (${OLD}) old ON old.message = m.message`;

const REMOVE = `
  WITH old AS MATERIALIZED (${OLD}), attempts AS (
    DELETE FROM notice_attempt a USING old WHERE a.message = old.message
  ), members AS (
    DELETE FROM notice_message m USING old WHERE m.message = old.message RETURNING m.notice
  ), removed AS (
    DELETE FROM notice n USING members WHERE n.id = members.notice RETURNING n.id
  )
  SELECT count(*)::int AS notices FROM removed`;

export interface PruneNoticesOptions {
  before: Date;
  /** Only says how many would be removed. */
  dryRun?: boolean;
}

/**
 * As the ledger's owner (the gateway's login may not): removes what was told, or given up, before `before`. What is pending stays, however
 * old. Returns how many notices.
 */
export async function pruneNotices(
  owner: pg.ClientConfig,
  { before, dryRun = false }: PruneNoticesOptions,
): Promise<number> {
  const client = new pg.Client({ application_name: 'sudoql ledger prune', ...owner });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ notices: number }>(dryRun ? COUNT : REMOVE, [before]);
    return rows[0]?.notices ?? 0;
  } finally {
    await client.end();
  }
}
