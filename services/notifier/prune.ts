import type pg from 'pg';

/**
 * Removes what was told, or given up, before `before`, as the ledger's owner (the gateway's login may not). What is pending stays, however
 * old. Returns how many notices went.
 */
export async function pruneNotices(owner: pg.ClientBase, before: Date): Promise<number> {
  const { rows } = await owner.query<{ removed: number }>(
    `WITH old AS MATERIALIZED (
       SELECT m.message FROM notice_message m JOIN notice n ON n.id = m.notice
       GROUP BY m.message
       HAVING max(n.created_at) < $1 AND (
         SELECT a.outcome FROM notice_attempt a WHERE a.message = m.message ORDER BY a.attempt DESC LIMIT 1
       ) IN ('delivered', 'dead')
     ), attempts AS (
       DELETE FROM notice_attempt a USING old WHERE a.message = old.message
     ), members AS (
       DELETE FROM notice_message m USING old WHERE m.message = old.message RETURNING m.notice
     ), removed AS (
       DELETE FROM notice n USING members WHERE n.id = members.notice RETURNING n.id
     )
     SELECT count(*)::int AS removed FROM removed`,
    [before],
  );
  return rows[0]?.removed ?? 0;
}
