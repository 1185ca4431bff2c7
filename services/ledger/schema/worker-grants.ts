import type pg from 'pg';
import { GATEWAY_ROLE } from './roles.ts';

/**
 * Lets the gateway's login run graphile-worker's jobs. Its tables are queues, not the record, so here rows are updated and deleted; they
 * have row level security without a policy, hence the policies. Safe to run again, after each of the library's own migrations.
 */
export async function grantWorker(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; secured: boolean; has_policy: boolean }>(`
    SELECT format('%I.%I', 'graphile_worker', c.relname) AS name, c.relrowsecurity AS secured,
      EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = '${GATEWAY_ROLE}') AS has_policy
    FROM pg_class c
    WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relkind = 'r' AND c.relname LIKE '\\_private\\_%'`);
  await client.query(`GRANT USAGE ON SCHEMA graphile_worker TO ${GATEWAY_ROLE}`);
  await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA graphile_worker TO ${GATEWAY_ROLE}`);
  for (const { name, secured, has_policy } of rows) {
    await client.query(`GRANT INSERT, UPDATE, DELETE ON ${name} TO ${GATEWAY_ROLE}`);
    if (secured && !has_policy) {
      await client.query(`CREATE POLICY ${GATEWAY_ROLE} ON ${name} TO ${GATEWAY_ROLE} USING (true) WITH CHECK (true)`);
    }
  }
}
