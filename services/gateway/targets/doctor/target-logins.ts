import pg from 'pg';

/** How the gateway reaches one target. */
export interface TargetLogins {
  reader: pg.ClientConfig;
  writer: pg.ClientConfig;
  control: pg.ClientConfig;
}

export type LoginName = keyof TargetLogins;
export const LOGIN_NAMES: readonly LoginName[] = ['reader', 'writer', 'control'];

/** A login could not be used: `message` says which and why. */
export class Unreachable extends Error {}

/** Connects as all three, hands them to `use`, and closes them. Statements are limited to 10 s, and read what they look at as the catalogue has it. */
export async function withLogins<T>(
  logins: TargetLogins,
  use: (clients: Record<LoginName, pg.Client>) => Promise<T>,
): Promise<T> {
  const open: pg.Client[] = [];
  const connect = async (name: LoginName): Promise<pg.Client> => {
    const client = new pg.Client({
      connectionTimeoutMillis: 5_000,
      ...logins[name],
      application_name: 'sudoql:doctor',
      query_timeout: 15_000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      open.push(client);
      await client.query(`SET search_path = pg_catalog; SET statement_timeout = '10s'; SET lock_timeout = '1s'`);
      return client;
    } catch (error) {
      throw new Unreachable(
        `The ${name} login cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
        {
          cause: error,
        },
      );
    }
  };
  try {
    const reader = await connect('reader');
    const writer = await connect('writer');
    const control = await connect('control');
    return await use({ reader, writer, control });
  } finally {
    await Promise.allSettled(open.map((client) => client.end()));
  }
}

/** Rows of one query. */
export async function rows<R extends pg.QueryResultRow>(
  client: pg.ClientBase,
  sql: string,
  values: unknown[] = [],
): Promise<R[]> {
  return (await client.query<R>(sql, values)).rows;
}
