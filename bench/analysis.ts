// How long analysis takes: a text seen for the first time (parser, structure, meaning), and one that is in the cache.
// And a catalogue of many relations: the first snapshot, the look that finds it unchanged, memory.
//
//   node bench/analysis.ts [relations]
import { startPostgres } from '../test/helpers/postgres.ts';
import { connectTo } from '../services/statements/testing/connect.ts';
import { makeAnalyser } from '../services/statements/analyser.ts';
import { makeCatalogues } from '../services/statements/catalogue.ts';
import type { AnalysisContext } from '../services/statements/analysis.ts';
import { report, timed } from './measure.ts';

const STATEMENTS: Record<string, (n: number) => string> = {
  'SELECT 1': (n) => `SELECT ${n}`,
  'key lookup': (n) => `SELECT id, name, email FROM customers WHERE id = ${n}`,
  'join with aggregates': (n) =>
    `SELECT c.name, count(*), sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id
     WHERE o.created > now() - interval '${n} days' AND o.status IN ('open', 'paid') GROUP BY c.name HAVING sum(o.total) > 10 ORDER BY 3 DESC LIMIT 10`,
  'list of relations': (n) =>
    `SELECT n.nspname, c.relname, CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' END, pg_get_userbyid(c.relowner)
     FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', '')
     AND n.nspname !~ '^pg_toast' AND pg_table_is_visible(c.oid) AND c.oid > ${n} ORDER BY 1, 2`,
  'IN list of 1,000': (n) =>
    `SELECT * FROM customers WHERE id IN (${Array.from({ length: 1_000 }, (_, i) => i + n).join()})`,
  'INSERT of 1,000 rows': (n) =>
    `INSERT INTO orders (id, customer_id, total) VALUES ${Array.from({ length: 1_000 }, (_, i) => `(${n + i}, ${i}, 1.5)`).join()}`,
};

const relations = Number(process.argv[2] ?? 0);
const cluster = await startPostgres();
try {
  await cluster.sql(`CREATE TABLE customers (id int PRIMARY KEY, name text, email varchar(100));
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int, total numeric(10, 2), status varchar(20), created timestamptz)`);
  for (let at = 0; at < relations; at += 500) {
    const tables = Array.from(
      { length: Math.min(500, relations - at) },
      (_, i) => `CREATE TABLE many_${at + i} (id int, name text)`,
    );
    await cluster.sql(tables.join(';'));
  }
  const catalogues = makeCatalogues({ connect: () => connectTo(cluster), deadlineMs: 120_000 });
  const analyser = makeAnalyser({ catalogues, cached: 100_000 });
  const catalogue = catalogues.of('shop');
  const before = process.memoryUsage().rss;
  const first = await timed(() => catalogue.get());
  const looks: number[] = [];
  for (let i = 0; i < 5; i++) looks.push(await timed(() => catalogue.refresh()));
  console.log(
    `\nCatalogue of ${relations} tables: first snapshot ${first.toFixed(0)} ms, ${((process.memoryUsage().rss - before) / 1e6).toFixed(0)} MB more`,
  );
  report('unchanged', 'ms', looks);

  console.log('\nAnalysis');
  for (const [name, text] of Object.entries(STATEMENTS)) {
    const context: AnalysisContext = {
      target: 'shop',
      searchPath: '"$user", public',
      mode: name.startsWith('INSERT') ? 'write' : 'read',
      login: 'reader',
    };
    for (let i = 0; i < 50; i++) await analyser.analyse(text(1_000_000 + i), context);
    const cold: number[] = [];
    const cached: number[] = [];
    const rounds = name.includes('1,000') ? 100 : 1_000;
    for (let i = 0; i < rounds; i++) cold.push(1_000 * (await timed(async () => analyser.analyse(text(i), context))));
    for (let i = 0; i < rounds; i++) cached.push(1_000 * (await timed(async () => analyser.analyse(text(i), context))));
    report(`${name}, first time`, 'µs', cold);
    report(`${name}, from the cache`, 'µs', cached);
  }
  await analyser.close();
} finally {
  await cluster.remove();
}
