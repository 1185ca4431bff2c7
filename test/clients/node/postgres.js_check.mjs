// postgres.js: its pipelined pool, begin, cursors, a refusal, reserve.
import { expect, load, refused, url, works } from './common.mjs';

const postgres = load('postgres');
const sql = postgres(url, { max: 4, onnotice: () => {} });

expect(
  (await sql`SELECT count(*)::int AS n FROM customers WHERE id IN ${sql([1, 2, 3])}`)[0].n === 3,
  'a list parameter',
);
const all = await Promise.all(Array.from({ length: 64 }, (_, n) => sql`SELECT ${n}::int AS n`));
expect(
  all.every(([{ n }], at) => n === at),
  'sixty-four in parallel',
);
await refused(() => sql`UPDATE customers SET name = name WHERE id = ${1}`, 'a write in read mode');
works('parameters, its pipelines, 64 at once; a refused write has code 25006, hint and routine');

await sql.begin(async (tx) => {
  await tx`SELECT sudo('postgres.js check', 'transaction')`;
  await tx`UPDATE orders SET status = 'paid' WHERE id = 4211`;
});
expect((await sql`SHOW sudoql.mode`)[0]['sudoql.mode'] === 'read', 'write mode ended with its transaction');
let rows = 0;
for await (const some of sql`SELECT id FROM orders ORDER BY id`.cursor(100)) rows += some.length;
expect(rows > 1000, 'a cursor');
const reserved = await sql.reserve();
await reserved`SELECT sudo('postgres.js check')`;
await reserved`UPDATE orders SET status = 'paid' WHERE id = 4211`;
await reserved`SELECT unsudo()`;
reserved.release();
works('sudo in begin for one transaction, and on a reserved connection; cursors');

const running = sql`SELECT pg_sleep(30)`;
setTimeout(() => running.cancel(), 300);
expect((await running.catch((error) => error)).code === '57014', 'a cancel');
await sql.end();
works('cancel');
