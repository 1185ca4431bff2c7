// The outbox's jobs, as graphile-worker's tables hold them: taken, ended, put off, freed. Its own runner is not used (docs/decisions.md).
import type pg from 'pg';
import { TASK } from './jobs.ts';

export interface Job {
  id: string;
  payload: unknown;
}

/** What jobs under way at a replica are locked by, so that others can free them when this process is gone. */
export const lockedBy = (replica: string): string => `sudoqld-${replica}`;

export interface Queue {
  /** Locks what is due, at most so many. */
  take(most: number): Promise<Job[]>;
  /** The work is done. */
  done(ids: string[]): Promise<void>;
  /** The work failed: due again in as many seconds as it was tried, a minute at most. */
  putOff(ids: string[]): Promise<void>;
  /** Frees what is locked in this replica's name and not among `underWay`: the answer that told of it was lost, or nobody waits for it. */
  freeOthers(underWay: string[]): Promise<void>;
  /** Seconds for which the job that has waited longest has been due: free, or taken here and not ended. 0 when none is. */
  overdue(): Promise<number>;
}

const OURS = `(SELECT id FROM graphile_worker._private_tasks WHERE identifier = '${TASK}')`;

export function makeQueue(pool: pg.Pool, replica: string): Queue {
  const name = lockedBy(replica);
  return {
    async take(most) {
      const { rows } = await pool.query<Job>(
        `UPDATE graphile_worker._private_jobs SET attempts = attempts + 1, locked_by = $1, locked_at = now()
         WHERE id IN (
           SELECT id FROM graphile_worker._private_jobs
           WHERE is_available AND run_at <= now() AND task_id = ${OURS}
           ORDER BY priority, run_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
         ) RETURNING id, payload`,
        [name, most],
      );
      return rows;
    },
    async done(ids) {
      await pool.query('DELETE FROM graphile_worker._private_jobs WHERE id = ANY($1::bigint[]) AND locked_by = $2', [
        ids,
        name,
      ]);
    },
    async putOff(ids) {
      await pool.query(
        `UPDATE graphile_worker._private_jobs
         SET locked_by = NULL, locked_at = NULL, run_at = now() + least(attempts, 60) * interval '1 second'
         WHERE id = ANY($1::bigint[]) AND locked_by = $2`,
        [ids, name],
      );
    },
    async freeOthers(underWay) {
      await pool.query(
        `UPDATE graphile_worker._private_jobs SET locked_by = NULL, locked_at = NULL
         WHERE locked_by = $1 AND id <> ALL ($2::bigint[])`,
        [name, underWay],
      );
    },
    async overdue() {
      const { rows } = await pool.query<{ seconds: number | null }>(
        `SELECT extract(epoch FROM now() - min(run_at))::float8 AS seconds FROM graphile_worker._private_jobs
         WHERE task_id = ${OURS} AND attempts < max_attempts AND run_at <= now() AND (locked_by IS NULL OR locked_by = $1)`,
        [name],
      );
      return Math.max(0, rows[0]?.seconds ?? 0);
    },
  };
}
