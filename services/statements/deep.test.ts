import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../../test/helpers/postgres.ts';
import { type CatalogueAnalyser, makeAnalyser } from './analyser.ts';
import { cataloguesOf } from './testing/connect.ts';

let cluster: Cluster;
let analyser: CatalogueAnalyser;

before(async () => {
  cluster = await startPostgres();
  await cluster.sql('CREATE TABLE a (id int)');
  analyser = makeAnalyser({ catalogues: cataloguesOf(cluster) });
});

after(async () => {
  await analyser?.close();
  await cluster?.remove();
});

/** Every way for a client's text to be deep: each step makes the tree, the grammar's stack or both deeper. */
const DEEP: Record<string, (n: number) => string> = {
  unions: (n) => `SELECT 1${' UNION ALL SELECT 1'.repeat(n)}`,
  parentheses: (n) => `SELECT ${'('.repeat(n)}1${')'.repeat(n)}`,
  sums: (n) => `SELECT 1${'+1'.repeat(n)}`,
  negations: (n) => `SELECT ${'NOT '.repeat(n)}true`,
  signs: (n) => `SELECT ${'- '.repeat(n)}1`,
  'sub-selects': (n) => `SELECT ${'(SELECT '.repeat(n)}1${')'.repeat(n)}`,
  'sub-selects in FROM': (n) => `SELECT 1 FROM ${'(SELECT 1 FROM '.repeat(n)}a${') AS a'.repeat(n)}`,
  conditions: (n) => `SELECT 1 FROM a WHERE ${'EXISTS (SELECT 1 FROM a WHERE '.repeat(n)}true${')'.repeat(n)}`,
  calls: (n) => `SELECT ${'abs('.repeat(n)}1${')'.repeat(n)}`,
  arrays: (n) => `SELECT ${'ARRAY['.repeat(n)}1${']'.repeat(n)}`,
  casts: (n) => `SELECT 1${'::int'.repeat(n)}`,
  joins: (n) => `SELECT 1 FROM a${' CROSS JOIN a'.repeat(n)}`,
  cases: (n) => `SELECT ${'CASE WHEN true THEN '.repeat(n)}1${' END'.repeat(n)}`,
  'WITH queries': (n) => `${'WITH x AS ('.repeat(n)}SELECT 1${') SELECT 1'.repeat(n)}`,
  subscripts: (n) => `SELECT (ARRAY[1])${'[1]'.repeat(n)}`,
  collations: (n) => `SELECT 'x'${' COLLATE "C"'.repeat(n)}`,
  deletes: (n) => `DELETE FROM a WHERE ${'NOT ('.repeat(n)}id = 1${')'.repeat(n)}`,
};

for (const [name, make] of Object.entries(DEEP)) {
  test(`a text of deep ${name} is judged, or refused as too complex (54001) or too large (54000), and as nothing else`, async () => {
    const kinds: string[] = [];
    for (const n of [50, 700, 1_400, 3_000, 20_000]) {
      const analysis = await analyser.analyse(make(n), {
        target: 'shop',
        searchPath: 'public',
        mode: 'write',
        login: 'writer',
      });
      const kind = analysis.kind === 'refused' ? analysis.code : analysis.kind;
      if (analysis.kind === 'refused') assert.doesNotMatch(`${analysis.message} ${analysis.hint}`, /stack|exhausted/);
      assert.ok(
        ['statements', 'too_complex', 'limit_exceeded'].includes(kind),
        `${n}: ${JSON.stringify(analysis).slice(0, 300)}`,
      );
      kinds.push(kind);
    }
    assert.equal(kinds[0], 'statements');
    const after = await analyser.analyse('SELECT 1', {
      target: 'shop',
      searchPath: 'public',
      mode: 'read',
      login: 'reader',
    });
    assert.equal(after.kind, 'statements');
  });
}

test('3,000 UNION ALL are over the documented limit, and are told so', async () => {
  const context = { target: 'shop', searchPath: 'public', mode: 'read', login: 'reader' } as const;
  const analysis = await analyser.analyse(DEEP.unions?.(3_000) ?? '', context);
  assert.ok(analysis.kind === 'refused');
  assert.equal(analysis.code, 'too_complex');
  assert.match(analysis.message, /1500 levels/);
  assert.match(analysis.hint ?? '', /UNION/);
});
