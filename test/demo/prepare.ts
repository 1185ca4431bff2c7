// What an operator does once: the ledger's database, the target's logins, the first tokens.
import pg from 'pg';
import { setupTarget } from '../../services/gateway/targets/setup/setup-target.ts';
import { migrate } from '../../services/ledger/schema/migrate.ts';
import type { DemoSecrets } from './directory.ts';
import { type GatewayFiles, sudoqld, sudoqldOf } from './gateway-process.ts';

/** A PostgreSQL that can be asked as its superuser. */
export interface Reachable {
  port: number;
  url(database: string): string;
  sql(text: string, database?: string, values?: unknown[]): Promise<pg.QueryResult>;
}

/** Who the demo knows: a developer, a colleague of hers, one from security, a program and a robot. */
const PEOPLE = {
  ana: ['--kind', 'human', '--groups', 'dev', '--elevate', 'in-band', '--email', 'ana@example.com'],
  ben: ['--kind', 'human', '--groups', 'dev', '--elevate', 'in-band', '--email', 'ben@example.com'],
  sec: ['--kind', 'human', '--groups', 'security', '--elevate', 'in-band', '--email', 'sec@example.com'],
  app: ['--kind', 'service', '--groups', 'dev', '--elevate', 'connect'],
  robot: ['--kind', 'agent', '--groups', 'dev', '--elevate', 'none'],
} as const;

/** `empty`: its schema is made by somebody else. */
export async function prepareLedger(server: Reachable, secrets: DemoSecrets, empty = false): Promise<void> {
  const made = await server.sql("SELECT FROM pg_roles WHERE rolname = 'sudoql_owner'");
  if (made.rowCount === 0) {
    await server.sql(`CREATE ROLE sudoql_owner LOGIN CREATEROLE PASSWORD ${pg.escapeLiteral(secrets.owner)}`);
  }
  await createDatabase(server, 'sudoql_ledger', 'sudoql_owner');
  if (empty) return;
  await migrate(
    { host: '127.0.0.1', port: server.port, database: 'sudoql_ledger', user: 'sudoql_owner', password: secrets.owner },
    { gatewayPassword: secrets.gateway, auditorPassword: secrets.auditor },
  );
}

/** Makes the logins of the target whose database has its name. */
export async function prepareTarget(server: Reachable, secrets: DemoSecrets, name = 'shop'): Promise<void> {
  await setupTarget(
    { connectionString: server.url(name) },
    {
      database: name,
      schemas: ['public'],
      reader: { user: `${name}_reader`, password: secrets.reader },
      writer: { user: `${name}_writer`, password: secrets.writer },
      control: { user: `${name}_control`, password: secrets.control },
    },
    { apply: true },
  );
}

/** User → token. `home`: the tree of the gateway that makes them. */
export async function makeTokens(files: GatewayFiles, home?: string): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {};
  for (const [user, how] of Object.entries(PEOPLE)) {
    const args = ['token', 'create', '--user', user, ...how, '--expires', '30d', '--json'];
    const printed = await (home === undefined ? sudoqld(files, ...args) : sudoqldOf(home, files, ...args));
    tokens[user] = (JSON.parse(printed) as { secret: string }).secret;
  }
  return tokens;
}

/** False when it was there. */
export async function createDatabase(server: Reachable, name: string, owner = 'postgres'): Promise<boolean> {
  const found = await server.sql('SELECT FROM pg_database WHERE datname = $1', 'postgres', [name]);
  if (found.rowCount !== 0) return false;
  await server.sql(`CREATE DATABASE ${name} OWNER ${owner}`);
  return true;
}
