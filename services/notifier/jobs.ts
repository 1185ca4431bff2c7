// The one kind of job: "see to it that this notice is told".

export const TASK = 'sudoql_notice';

/** What a job carries. */
export interface JobPayload {
  notice: string;
}

/** Attempts are counted in notice_attempt; graphile-worker's own count only grows when a worker dies or the database fails. */
const MAX_ATTEMPTS = 30_000;

/** SQL that adds (or moves) the job of the notice that the SQL expression `id` names. A notice has one job at a time, by its key. */
export const ADD_JOB = (id: string, runAt: string): string =>
  `graphile_worker.add_job('${TASK}', json_build_object('notice', ${id}), run_at := ${runAt}, max_attempts := ${MAX_ATTEMPTS}, job_key := 'notice:' || ${id})`;

export function isJobPayload(payload: unknown): payload is JobPayload {
  return typeof payload === 'object' && payload !== null && 'notice' in payload && typeof payload.notice === 'string';
}

/** SQL: what is not delivered, and whether it was given up. The delivered, nearly all, are passed over by their rows alone. */
export const UNDELIVERED = `
  SELECT n.id, n.created_at, n.channel, m.message, coalesce(
    (SELECT a.outcome FROM notice_attempt a WHERE a.message = m.message ORDER BY a.attempt DESC LIMIT 1) = 'dead', false
  ) AS dead
  FROM notice n LEFT JOIN notice_message m ON m.notice = n.id
  WHERE NOT EXISTS (SELECT FROM notice_attempt d WHERE d.message = m.message AND d.outcome = 'delivered')`;
