// node-postgres: pool, prepared statements across the switch, cursor, query stream, cancel by a timeout.
import { expect, load, refused, works } from './common.mjs';

const { Client, Pool } = load('pg');
const Cursor = load('pg-cursor');
const QueryStream = load('pg-query-stream');

const pool = new Pool({ max: 8 });
const one = async (client, text, values) => Object.values((await client.query(text, values)).rows[0] ?? {})[0];

expect(
  (await one(pool, 'SELECT count(*)::int FROM customers WHERE id = ANY($1)', [[1, 2, 3]])) === 3,
  'an array parameter',
);
await refused(() => pool.query('UPDATE customers SET name = name WHERE id = $1', [1]), 'a write in read mode');
const all = await Promise.all(Array.from({ length: 64 }, (_, n) => one(pool, 'SELECT $1::int', [n])));
expect(
  all.every((value, n) => value === n),
  'sixty-four in parallel over eight connections',
);
works('parameters, 64 at once over a pool; a refused write has code 25006, hint and routine');

const client = await pool.connect();
const named = { name: 'by-id', text: 'SELECT name FROM customers WHERE id = $1' };
await client.query(named, [1]);
expect((await one(client, 'SELECT sudo($1)', ['node-postgres check'])).startsWith('write'), 'sudo');
await client.query(named, [2]);
await client.query('BEGIN');
await client.query("UPDATE orders SET status = 'paid' WHERE id = $1", [4211]);
await client.query('ROLLBACK');
expect((await one(client, 'SELECT unsudo()')) !== undefined, 'unsudo');
expect((await client.query(named, [3])).rowCount === 1, 'a named statement across the switch');
works('named statements across the switch of mode, transactions');

const cursor = client.query(new Cursor('SELECT id FROM orders ORDER BY id'));
expect((await cursor.read(100)).length === 100 && (await cursor.read(100)).length === 100, 'a cursor');
await cursor.close();
let rows = 0;
for await (const row of client.query(new QueryStream('SELECT id FROM orders ORDER BY id', [], { batchSize: 50 })))
  rows += row.id ? 1 : 0;
expect(rows > 1000, 'a query stream');
client.release();
works('pg-cursor and pg-query-stream');

const once = await pool.connect();
await once.query("SELECT sudo('node-postgres once', 'transaction')");
await once.query("UPDATE orders SET status = 'paid' WHERE id = 4211");
expect((await one(once, 'SHOW sudoql.mode')) === 'read', 'write mode ended with its transaction');
once.release();
await pool.end();

const brief = new Client({ statement_timeout: 300 });
await brief.connect();
const timedOut = await brief.query('SELECT pg_sleep(30)').catch((error) => error);
expect(timedOut.code === '57014', `statement_timeout: ${timedOut}`);
expect((await one(brief, 'SELECT 1')) === 1, 'the session after a timeout');
await brief.end();
works('write mode for one transaction; statement_timeout');
