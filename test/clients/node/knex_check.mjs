// Knex: its version probe, columns, streams, a refusal, a transaction that elevates.
import { expect, load, refused, works } from './common.mjs';

const knex = load('knex');
const db = knex({ client: 'pg', connection: process.env.DEMO_WIRE, pool: { min: 0, max: 2 } });

expect((await db('orders').count('* as n'))[0].n > 1000, 'a count');
expect((await db('suppliers').columnInfo()).name.type === 'character varying', 'columnInfo');
expect(await db.schema.hasTable('suppliers'), 'hasTable');
let rows = 0;
for await (const row of db('orders')
  .select('id')
  .stream()
  .on('error', (error) => expect(false, String(error))))
  rows += row.id ? 1 : 0;
expect(rows > 1000, 'a stream');
const write = (on, status) => on('orders').where({ id: 4211 }).update({ status });
await refused(() => write(db, 'x'), 'a write in read mode');
works('queries, columnInfo, hasTable; a refused write has code 25006, hint and routine');
await db.transaction(async (tx) => {
  await tx.raw("SELECT sudo(?, 'transaction')", ['knex check']);
  expect((await write(tx, 'paid')) === 1, 'the write');
});
await refused(() => write(db, 'x'), 'a write behind the transaction');
await db.destroy();
works('sudo in a transaction, for that transaction');
