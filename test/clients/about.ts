// What docs/clients.md tells of each client beside what its check saw.

export interface About {
  /** The lines that it needs: to connect, and to write. */
  needs: string;
  /** From a direct connection, and why. */
  differs: string[];
}

const LENDS_ON =
  "Its pool gives a connection back as it is, so write mode would be lent on: ask for one transaction (`SELECT sudo(…, 'transaction')`), or `SELECT unsudo()` before it goes back. What ends write mode by itself is a reset (`DISCARD ALL`, `RESET ALL`) that it does not send.";
const PREPARED =
  'A statement whose columns are others after a change of mode is answered with 0A000; it is prepared anew at the next try.';

export const INTRODUCTION = `# Clients

What each client needs, what was seen to work through the gateway, and what differs from a direct connection. Written by \`npm run test:clients -- --all --write\`, which runs each client unmodified against a gateway with a target on the production side; a check that fails leaves its section as it was.

Common to all: the password is your token; the database is the target's name. In read mode a write is SQLSTATE 25006 with what to do in its first line already; \`SELECT sudo('why')\` is write mode; so is \`options=-c sudoql.reason=why\` (or PGOPTIONS) from the start of the connection, where the token may. Blanks in it need a backslash; it takes no quotes.
What differs everywhere is the price of a promise ([design.md](design.md#promises)), and each is refused in words: two-phase commit (5: nothing outlives its elevation), SET ROLE and SESSION AUTHORIZATION (4: the login is the second key), cancelling and ending other sessions (4), replication, and LISTEN unless the operator permits it (6: what goes past a statement is counted in the record, not told), \`standard_conforming_strings = off\` (3: what is judged is what runs), and \`application_name\` keeps a prefix that says who it is.`;

export const ABOUT: Record<string, About> = {
  psql: {
    needs: `psql 'postgres://ana:TOKEN@gateway.example.com:7432/shop?sslmode=require'
SELECT sudo('why');
PGOPTIONS="-c sudoql.reason=why" psql -f release.sql`,
    differs: [
      '`\\deu+` and `\\dRs+` are refused: they show connection secrets (promise 10).',
      'Before 17, FETCH_COUNT puts also `SELECT sudo(…)` into a cursor, where it is refused: `\\unset FETCH_COUNT`.',
    ],
  },
  'psql-as-tools': {
    needs: `/* a tool's comment */ SELECT * FROM sudo('why') LIMIT 501
SELECT sudo('why', '00:05:00') AS sudo_1
SELECT sudo(reason => 'why', duration => 'PT5M')`,
    differs: [
      '`txid_current()`, which tools ask at their start, takes an id and so is a write; the hint names what reads.',
    ],
  },
  pg_dump: {
    needs: `pg_dump 'postgres://ana:TOKEN@gateway.example.com:7432/shop?sslmode=require'
pg_restore --file=- shop.dump
PGOPTIONS="-c sudoql.reason=restore\\ shop" pg_restore -d shop shop.dump`,
    differs: ['`--jobs` is refused: an exported snapshot is a file on the server.'],
  },
  psycopg: {
    needs: `conn = psycopg.connect("host=gateway.example.com port=7432 dbname=shop user=ana password=TOKEN sslmode=require")
conn.execute("SELECT sudo(%s)", ["why"])
# or sudoql's own context: with sudo(conn, "why"): …`,
    differs: [PREPARED, LENDS_ON],
  },
  psycopg2: {
    needs: `conn = psycopg2.connect("host=gateway.example.com port=7432 dbname=shop user=ana password=TOKEN sslmode=require")
cur.execute("SELECT sudo(%s)", ["why"])
# or sudoql's own context: with sudo(conn, "why"): …`,
    differs: ['`set_session(readonly=False)` in read mode is a quiet no-op.', LENDS_ON],
  },
  pgcli: {
    needs: `pgcli 'postgres://ana:TOKEN@gateway.example.com:7432/shop?sslmode=require'
SELECT sudo('why');
SELECT unsudo();`,
    differs: [],
  },
  asyncpg: {
    needs: `pool = await asyncpg.create_pool(host="gateway.example.com", port=7432, database="shop", user="ana", password=TOKEN, ssl="require")
await conn.fetchval("SELECT sudo($1)", "why")
await conn.fetchval("SELECT unsudo()")`,
    differs: ['`add_listener` is refused where the operator does not permit LISTEN.', PREPARED],
  },
  sqlalchemy: {
    needs: `engine = create_engine("postgresql+psycopg://ana:TOKEN@gateway.example.com:7432/shop?sslmode=require")
conn.execute(text("SELECT sudo('why')"))
create_engine(url, connect_args={"options": "-c sudoql.reason=why"})`,
    differs: [LENDS_ON],
  },
  django: {
    needs: `DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "gateway.example.com", "PORT": 7432, "NAME": "shop", …}}
cursor.execute("SELECT sudo(%s)", ["why"])
# better: "ENGINE": "sudoql_django"`,
    differs: [
      '`.iterator()` in autocommit over functions of your own is refused: its cursor WITH HOLD reads them at COMMIT.',
    ],
  },
  'sudoql-python': {
    needs: `from sudoql import sudo
with sudo(conn, "why"):
    conn.execute("UPDATE …")`,
    differs: [],
  },
  'sudoql-django': {
    needs: `INSTALLED_APPS = ["sudoql_django", …]
DATABASES = {"default": {"ENGINE": "sudoql_django", …}}
MIDDLEWARE = [..., "sudoql_django.middleware.SudoqlMiddleware"]`,
    differs: ['Tests do not run on such an alias: there is a production database behind it.'],
  },
  pgjdbc: {
    needs: `jdbc:postgresql://gateway.example.com:7432/shop?sslmode=require
SELECT sudo('why')
…&options=-c%20sudoql.reason=why`,
    differs: [PREPARED, `HikariCP: ${LENDS_ON}`],
  },
  pgx: {
    needs: `conn, err := pgx.Connect(ctx, "postgres://ana:TOKEN@gateway.example.com:7432/shop?sslmode=require")
conn.Exec(ctx, "SELECT sudo($1)", "why")
conn.Exec(ctx, "SELECT unsudo()")`,
    differs: [PREPARED, LENDS_ON],
  },
  'node-postgres': {
    needs: `const pool = new pg.Pool({ host: 'gateway.example.com', port: 7432, database: 'shop', user: 'ana', password: TOKEN, ssl: true })
await client.query('SELECT sudo($1)', ['why'])
await withSudo(pool, 'why', async (client) => …) // @sudoql/pg`,
    differs: [LENDS_ON],
  },
  'postgres.js': {
    needs: `const sql = postgres('postgres://ana:TOKEN@gateway.example.com:7432/shop?sslmode=require')
await sql.begin(async (sql) => { await sql\`SELECT sudo('why', 'transaction')\`; await sql\`UPDATE …\` })
postgres(url, { connection: { options: '-c sudoql.reason=why' } })`,
    differs: [
      '`sql.subscribe` is refused (replication), `sql.listen` where the operator does not permit LISTEN.',
      LENDS_ON,
    ],
  },
  drizzle: {
    needs: `const db = drizzle('postgres://ana:TOKEN@gateway.example.com:7432/shop?sslmode=require')
await db.transaction(async (tx) => { await tx.execute(sql\`SELECT sudo('why', 'transaction')\`); … })
drizzle-kit migrate # with PGOPTIONS="-c sudoql.reason=why"`,
    differs: [LENDS_ON],
  },
  kysely: {
    needs: `const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ … }) }) })
await db.transaction().execute(async (tx) => { await sql\`SELECT sudo('why', 'transaction')\`.execute(tx); … })
await db.connection().execute(async (db) => { await sql\`SELECT sudo('why')\`.execute(db); … })`,
    differs: ['Its migrator takes an advisory lock, which is write mode’s affair: at connect with a reason.', LENDS_ON],
  },
  knex: {
    needs: `const db = knex({ client: 'pg', connection: { host: 'gateway.example.com', port: 7432, database: 'shop', user: 'ana', password: TOKEN, ssl: true } })
await db.transaction(async (tx) => { await tx.raw("SELECT sudo(?, 'transaction')", ['why']); … })
knex migrate:latest # with PGOPTIONS="-c sudoql.reason=why"`,
    differs: [
      'A statement that timed out with `cancel: true` is cancelled by `pg_cancel_backend`, which is refused; `statement_timeout` ends it.',
      LENDS_ON,
    ],
  },
  typeorm: {
    needs: `new DataSource({ type: 'postgres', url: 'postgres://ana:TOKEN@gateway.example.com:7432/shop', ssl: true, installExtensions: false })
await source.transaction(async (tx) => { await tx.query("SELECT sudo($1, 'transaction')", ['why']); … })
extra: { options: '-c sudoql.reason=why' } # for migrations`,
    differs: [
      '`CREATE EXTENSION IF NOT EXISTS`, which it sends where an entity wants one, is refused; it goes on without.',
      LENDS_ON,
    ],
  },
};
