import pg from 'pg';
import type { Cluster } from './postgres.ts';

/** How tests reach a server of their own on 127.0.0.1, whatever started it. `password`: the superuser's. */
export function clusterAccess(
  port: number,
  password: string,
): Pick<Cluster, 'port' | 'url' | 'sql' | 'createDatabase'> {
  const url: Cluster['url'] = (database = 'postgres', user = 'postgres', secret = password) =>
    `postgres://${user}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${database}`;
  const sql: Cluster['sql'] = async (text, database = 'postgres', values) => {
    const client = new pg.Client({ connectionString: url(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return await (values ? client.query(text, values) : client.query(text));
    } finally {
      await client.end();
    }
  };
  // Copied as files: written to the log page by page it costs twice as much.
  const createDatabase = async (name: string, template = 'template1') =>
    void (await sql(`CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY FILE_COPY`));
  return { port, url, sql, createDatabase };
}
