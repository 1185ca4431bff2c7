// TypeORM: what it asks at its start, a query runner's metadata, a refusal, a transaction that elevates.
import { expect, load, refused, works } from './common.mjs';

const { DataSource, EntitySchema } = load('typeorm');
const Order = new EntitySchema({
  name: 'Order',
  tableName: 'orders',
  columns: { id: { type: 'int', primary: true }, status: { type: 'text' } },
});
const source = await new DataSource({ type: 'postgres', url: process.env.DEMO_WIRE, entities: [Order] }).initialize();
const orders = source.getRepository(Order);
expect((await orders.find({ take: 5 })).length === 5, 'find');
const runner = source.createQueryRunner();
const table = await runner.getTable('orders');
expect(table.columns.length > 3 && table.checks.length > 0, 'getTable');
await runner.release();
const write = (manager, status) => manager.getRepository(Order).update({ id: 4211 }, { status });
await refused(() => write(source.manager, 'x'), 'a write in read mode');
works(
  'find, getTable with columns and checks; a refused write is QueryFailedError with the gateway’s error as driverError',
);
await source.transaction(async (tx) => {
  await tx.query("SELECT sudo($1, 'transaction')", ['typeorm check']);
  expect((await write(tx, 'paid')).affected === 1, 'the write');
});
await refused(() => write(source.manager, 'x'), 'a write behind the transaction');
await source.destroy();
works('sudo in a transaction, for that transaction');
