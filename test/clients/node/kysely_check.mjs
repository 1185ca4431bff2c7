// Kysely on node-postgres: introspection, streaming, a refusal, a transaction that elevates.
import { expect, load, refused, works } from './common.mjs';

const { Pool } = load('pg');
const Cursor = load('pg-cursor');
const { Kysely, PostgresDialect, sql } = load('kysely');

const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ max: 2 }), cursor: Cursor }) });
const tables = await db.introspection.getTables();
expect(
  tables.some(({ name }) => name === 'suppliers'),
  'introspection',
);
let rows = 0;
for await (const row of db.selectFrom('orders').select('id').stream(100)) rows += row.id ? 1 : 0;
expect(rows > 1000, 'a stream');
const write = (on, status) => on.updateTable('orders').set({ status }).where('id', '=', 4211).execute();
await refused(() => write(db, 'x'), 'a write in read mode');
works('introspection, streams; a refused write has code 25006, hint and routine');
await db.transaction().execute(async (tx) => {
  await sql`SELECT sudo('kysely check', 'transaction')`.execute(tx);
  await write(tx, 'paid');
});
await db
  .transaction()
  .setIsolationLevel('serializable')
  .execute((tx) => tx.selectFrom('orders').select('id').limit(1).execute());
await refused(() => write(db, 'x'), 'a write behind the transaction');
await db.destroy();
works('sudo in a transaction, for that transaction; isolation levels');
