// One analysis of a text that nobody sent before, by its length: conditions, joins, a list, rows, statements.
import { startPostgres } from '../../test/helpers/postgres.ts';
import { makeAnalyser } from '../../services/statements/analyser.ts';
import type { AnalysisContext } from '../../services/statements/analysis.ts';
import { cataloguesOf } from '../../services/statements/testing/connect.ts';
import { type Grown, processorOf } from './step.ts';

const many = (count: number, of: (n: number) => string, between: string) =>
  Array.from({ length: count }, (_, n) => of(n)).join(between);
let unseen = 0;

/** What is made of a number of parts, and how many there are at most. */
const SHAPES: Record<string, [most: number, make: (count: number) => string]> = {
  conditions: [1_000, (count) => `SELECT ${unseen++} FROM orders WHERE ${many(count, (n) => `id = ${n}`, ' OR ')}`],
  columns: [1_000, (count) => `SELECT ${unseen++}, ${many(count, (n) => `total + ${n}`, ', ')} FROM orders`],
  'items of a list': [4_000, (count) => `SELECT ${unseen++} FROM orders WHERE id IN (${many(count, String, ', ')})`],
  'rows of an INSERT': [
    4_000,
    (count) => `INSERT INTO orders (id, total) VALUES (${unseen++}, 0), ${many(count, (n) => `(${n}, 1.5)`, ', ')}`,
  ],
  joins: [
    100,
    (count) => `SELECT ${unseen++} FROM orders o ${many(count, (n) => `JOIN orders o${n} ON o${n}.id = o.id`, ' ')}`,
  ],
  statements: [
    400,
    (count) => `SELECT ${unseen++}; ${many(count, (n) => `SELECT total FROM orders WHERE id = ${n}`, '; ')}`,
  ],
};

export async function texts(): Promise<Grown[]> {
  const cluster = await startPostgres();
  try {
    await cluster.sql('CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10, 2))');
    const analyser = makeAnalyser({ catalogues: cataloguesOf(cluster) });
    const context: AnalysisContext = {
      target: 'shop',
      searchPath: 'public',
      mode: 'write',
      login: 'writer',
      principal: 'ana',
    };
    const grown: Grown[] = [];
    for (const [shape, [most, make]] of Object.entries(SHAPES)) {
      const points: Grown['points'] = [];
      for (const size of [most / 8, most / 4, most / 2, most].map(Math.round)) {
        const analyse = async () => {
          const analysis = await analyser.analyse(make(size), context);
          if (analysis.kind !== 'statements')
            throw new Error(`${size} ${shape}: ${JSON.stringify(analysis).slice(0, 200)}`);
        };
        points.push([size, await processorOf(analyse, 5, 5)]);
      }
      grown.push({
        what: `an analysis, by ${shape}`,
        unit: 'µs of the processor',
        of: shape.split(' ')[0] ?? '',
        points,
      });
    }
    await analyser.close();
    return grown;
  } finally {
    await cluster.remove();
  }
}
