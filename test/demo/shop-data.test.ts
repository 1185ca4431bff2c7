import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { fillShop } from './shop-data.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startPostgres();
});
after(() => cluster?.remove());

async function filled(database: string): Promise<void> {
  await cluster.createDatabase(database);
  const client = new pg.Client({ connectionString: cluster.url(database) });
  await client.connect();
  try {
    await fillShop(client);
  } finally {
    await client.end();
  }
}

test('the shop has a hundred thousand rows, and one order that contradicts its payment', async () => {
  await filled('shop');
  const { rows } = await cluster.sql(
    `SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_items)
       + (SELECT count(*) FROM payments) AS total`,
    'shop',
  );
  assert.ok(Number(rows[0].total) > 100_000, `only ${rows[0].total} rows`);
  const wrong = await cluster.sql(
    `SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id
     WHERE (o.status IN ('pending', 'cancelled')) <> (p.id IS NULL)`,
    'shop',
  );
  assert.deepEqual(wrong.rows, [{ id: 4211 }]);
});

test('the shop is the same every time', async () => {
  await filled('again');
  const digest = (database: string) =>
    cluster.sql(
      `SELECT md5(string_agg(row::text, '' ORDER BY row::text)) FROM (
         SELECT customers::text AS row FROM customers UNION ALL SELECT orders::text FROM orders
         UNION ALL SELECT order_items::text FROM order_items UNION ALL SELECT payments::text FROM payments) AS _`,
      database,
    );
  assert.deepEqual((await digest('again')).rows, (await digest('shop')).rows);
});
