// Hostile texts without end, and beside them an innocent session: its latency, the event loop's stalls, and memory.
//
//   node bench/parser-soak.ts [--count 100000] [--seed 1]
//
// A stall of more than 20 ms that any input causes is a defect: then it exits 1.
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/helpers/postgres.ts';
import { makeRandom, type Random } from '../test/fuzz/random.ts';
import { makeAnalyser } from '../services/statements/analyser.ts';
import type { AnalysisContext } from '../services/statements/analysis.ts';
import { makeCatalogues } from '../services/statements/catalogue.ts';
import { loadParser } from '../services/statements/parse.ts';
import { connectTo } from '../services/statements/testing/connect.ts';
import { report } from './measure.ts';

const STALL_MS = 20;
const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.count);
const random = makeRandom(Number(values.seed));

/** What is known to be dear for a parser or for those who walk its trees; sizes from small to just over the cap. */
const HOSTILE: readonly [(n: number) => string, ...((n: number) => string)[]] = [
  (n) => `SELECT 1${'+1'.repeat(n)}`,
  (n) => `SELECT ${'('.repeat(n)}1${')'.repeat(n)}`,
  (n) => `SELECT ${'/*'.repeat(n)}${'*/'.repeat(n)} 1`,
  (n) => `SELECT ${'-'.repeat(n * 2)}\n1`,
  (n) => `SELECT ${'NOT '.repeat(n)}true`,
  (n) => `SELECT ${'CASE WHEN true THEN '.repeat(n / 5)}1${' END'.repeat(n / 5)}`,
  (n) => `SELECT ${'ARRAY['.repeat(n / 2)}1${']'.repeat(n / 2)}`,
  (n) => `SELECT * FROM ${'(SELECT * FROM '.repeat(n / 8)}t${') a'.repeat(n / 8)}`,
  (n) => `SELECT a${'.a'.repeat(n)}`,
  (n) => `SELECT a${'[1]'.repeat(n)}`,
  (n) => `SELECT 1${' UNION SELECT 1'.repeat(n / 6)}`,
  (n) => `SELECT '${'\\'.repeat(n * 2)}'`,
  (n) => `SELECT $${'a'.repeat(n)}$ x`,
  (n) => `SELECT U&'${'\\0041'.repeat(n / 3)}'`,
  (n) => `SELECT ${Array.from({ length: n / 2 }, (_, i) => i).join()}`,
  (n) => `VALUES ${'(1),'.repeat(n / 2)}(1)`,
  (n) => 'SELECT 1;'.repeat(n / 4),
  (n) => `WITH ${Array.from({ length: n / 20 }, (_, i) => `w${i} AS (SELECT 1)`).join()} SELECT 1`,
  (n) => `SELECT "${'""'.repeat(n)}"`,
  (n) => `SELECT ${'x::int'.repeat(1)}${'::int'.repeat(n / 3)} FROM t`,
  (n) => `SELECT 1 WHERE ${'1=1 AND '.repeat(n / 4)}true`,
  (n) => `SELECT ${'f('.repeat(n)}1${')'.repeat(n)}`,
  (n) => `SELECT * FROM t ${'JOIN t USING (a) '.repeat(n / 8)}`,
  (n) => `SET search_path = 'a${' '.repeat(n * 4)}b'`,
  (n) => `SET search_path = s${',s'.repeat(n)}`,
  (n) => `SAVEPOINT${' '.repeat(n * 4)}a`,
  (n) => `SAVEPOINT "${'""'.repeat(n)}"`,
  (n) => `SELECT sudo('${'\u3164'.repeat(n)}', '${'1m '.repeat(n)}')`,
  (n) => `SET application_name = '${'\u00e9 '.repeat(n)}'`,
  (n) => `SELECT 'a'${" --'\n".repeat(n)}'b'`,
  (n) => `INSERT INTO t VALUES (1)${',(1)'.repeat(n)}`,
  (n) => `SELECT 1${", 'x'".repeat(n)}`,
  (n) => `SELECT zz${',zz'.repeat(n)} FROM t`,
  (n) => String.fromCodePoint(...Array.from({ length: Math.min(n, 5_000) }, () => 32 + random.below(0x2000))),
];

const text = (from: Random) => {
  const made = from.pick(HOSTILE)(4 + from.below(from.pick([20, 200, 2_000, 12_000])));
  return `${made} /* ${from.below(1e9)} */`;
};

await loadParser();
const cluster = await startPostgres();
let worst = 0;
try {
  await cluster.sql('CREATE TABLE t (a int)');
  const analyser = makeAnalyser({ catalogues: makeCatalogues({ connect: () => connectTo(cluster) }) });
  const context: AnalysisContext = {
    target: 'shop',
    searchPath: 'public',
    mode: 'read',
    login: 'reader',
    principal: 'ana',
  };
  /** Another principal, and the search_paths that one can set. */
  const paths: readonly [string, ...string[]] = [
    'public',
    `"a${' '.repeat(20_000)}b"`,
    `s${', s'.repeat(1_000)}`,
    `a${' '.repeat(4_000)}b`,
  ];
  const hostileContext = (): AnalysisContext => ({ ...context, principal: 'eve', searchPath: random.pick(paths) });
  await analyser.analyse('SELECT a FROM t', context);

  const stalls: number[] = [];
  // Of this thread's own time: a busy machine's is not the text's doing.
  const used = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let last = performance.now();
  let lastUsed = used();
  let slow = '';
  let current = '';
  const clock = setInterval(() => {
    const now = performance.now();
    const spent = used();
    const stall = Math.max(0, Math.min(now - last - 5, spent - lastUsed));
    last = now;
    lastUsed = spent;
    stalls.push(stall);
    if (stall > worst) {
      worst = stall;
      slow = current.slice(0, 60);
    }
  }, 5);
  const innocent: number[] = [];
  let going = true;
  const session = (async () => {
    for (let n = 0; going; n++) {
      const from = performance.now();
      await analyser.analyse(`SELECT a FROM t WHERE a = ${n}`, context);
      innocent.push(1_000 * (performance.now() - from));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const kinds = new Map<string, number>();
  let most = 0;
  for (let n = 0; n < count; n++) {
    const hostile = text(random);
    current = hostile;
    // Making it is not the gateway's work.
    last = performance.now();
    lastUsed = used();
    // One after the other: the parser's thread takes one at a time anyway, and a stall is then that text's.
    const { kind } = await analyser.analyse(hostile, hostileContext());
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    await new Promise((resolve) => setImmediate(resolve));
    if (n % 100 === 0) most = Math.max(most, process.memoryUsage.rss());
  }
  going = false;
  await session;
  clearInterval(clock);
  console.log(`\n${count} hostile texts: ${[...kinds].map(([kind, times]) => `${times} ${kind}`).join(', ')}`);
  report('an innocent statement beside them', 'µs', innocent);
  report("the event loop's lag", 'ms', stalls);
  console.log(`    longest stall ${worst.toFixed(1)} ms (${slow}); most memory ${(most / 1e6).toFixed(0)} MB`);
  await analyser.close();
} finally {
  await cluster.remove();
}
process.exit(worst > STALL_MS ? 1 : 0);
