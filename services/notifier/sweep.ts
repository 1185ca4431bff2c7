// What a lost job, a dead worker or a long backoff of the library would leave lying is put back on its way.
import type pg from 'pg';
import { ADD_JOB, TASK, UNDELIVERED } from './jobs.ts';
import { lockedBy } from './queue.ts';

/** No attempt takes this long: whoever holds a job longer is gone, or cannot say that it ended. */
const HELD_TOO_LONG = '2 minutes';
/** Longer than the longest backoff of ours, so it was the library's (after a fault of the database in a job). */
const TOO_FAR_AHEAD = '7 minutes';
/** Older than what any job of ours waits for. */
const LOOK_BACK = '8 days';

/** Idempotent; every replica does it now and then. */
export async function sweep(pool: pg.Pool): Promise<void> {
  await pool.query(
    `SELECT graphile_worker.force_unlock_workers(array(
       SELECT DISTINCT locked_by FROM graphile_worker.jobs
       WHERE task_identifier = '${TASK}' AND locked_at < now() - interval '${HELD_TOO_LONG}'
     ))`,
  );
  await pool.query(
    `SELECT graphile_worker.reschedule_jobs(array(
       SELECT id FROM graphile_worker.jobs
       WHERE task_identifier = '${TASK}' AND locked_at IS NULL AND run_at > now() + interval '${TOO_FAR_AHEAD}'
     ), run_at := now())`,
  );
  // A job that made its successor and then lost the database: the successor has its key, so it is of no more use.
  await pool.query(
    `SELECT graphile_worker.complete_jobs(array(
       SELECT id FROM graphile_worker.jobs
       WHERE task_identifier = '${TASK}' AND key IS NULL AND attempts >= max_attempts AND locked_at IS NULL
     ))`,
  );
  await pool.query(
    `SELECT ${ADD_JOB('u.id', 'now()')} FROM (${UNDELIVERED}) AS u
     WHERE NOT u.dead AND (u.message IS NULL OR u.message = u.id)
       AND u.created_at BETWEEN now() - interval '${LOOK_BACK}' AND now() - interval '15 seconds'
       AND NOT EXISTS (SELECT FROM graphile_worker.jobs j WHERE j.key = 'notice:' || u.id)`,
  );
}

/** Frees the jobs that a process which is gone had under way. */
export async function unlockReplica(pool: pg.Pool, replica: string): Promise<void> {
  await pool.query('SELECT graphile_worker.force_unlock_workers($1)', [[lockedBy(replica)]]);
}

/** How many notices this process is to tell within a second or so. */
export async function dueSoon(pool: pg.Pool, replica: string): Promise<number> {
  const { rows } = await pool.query<{ due: number }>(
    `SELECT count(*)::int AS due FROM graphile_worker.jobs
     WHERE task_identifier = '${TASK}' AND attempts < max_attempts AND run_at < now() + interval '1.2 seconds'
       AND (locked_by IS NULL OR locked_by = $1)`,
    [lockedBy(replica)],
  );
  return rows[0]?.due ?? 0;
}
