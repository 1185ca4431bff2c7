// Drizzle on node-postgres: queries, a refusal, a transaction that elevates.
import { expect, load, refused, works } from './common.mjs';

const { Pool } = load('pg');
const { drizzle } = load('drizzle-orm/node-postgres');
const { integer, pgTable, text } = load('drizzle-orm/pg-core');
const { eq, sql } = load('drizzle-orm');

const orders = pgTable('orders', { id: integer('id').primaryKey(), status: text('status') });
const pool = new Pool({ max: 2 });
const db = drizzle(pool);

expect((await db.select().from(orders).limit(5)).length === 5, 'a select');
await refused(() => db.update(orders).set({ status: 'paid' }).where(eq(orders.id, 4211)), 'a write in read mode');
works('queries; a refused write is DrizzleQueryError with the gateway’s error as its cause');
await db.transaction(async (tx) => {
  await tx.execute(sql`SELECT sudo('drizzle check', 'transaction')`);
  await tx.update(orders).set({ status: 'paid' }).where(eq(orders.id, 4211));
});
expect((await db.select().from(orders).where(eq(orders.id, 4211)))[0].status === 'paid', 'the write');
await refused(
  () => db.update(orders).set({ status: 'x' }).where(eq(orders.id, 4211)),
  'a write behind the transaction',
);
await pool.end();
works('sudo in a transaction, for that transaction');
