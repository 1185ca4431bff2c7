// What triggers, rules and cascading keys change is in nobody's tag: the target counts it, and where it cannot be asked the account says of which
// tables there may be more.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeRandom } from '../fuzz/random.ts';
import { until } from '../helpers/until.ts';
import type { CountedRows, ElevationSummary } from '../../services/ledger/entry/entry.ts';
import { makeStage, openPolicy, type Stage } from '../wire/stage.ts';

let stage: Stage;
before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE TABLE plain (id int PRIMARY KEY, n int);
      CREATE TABLE noted (id int);
      CREATE TABLE notes (id int);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes SELECT generate_series(1, 10); RETURN NULL; END $$;
      CREATE TRIGGER t AFTER INSERT ON noted FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TABLE above (id int PRIMARY KEY);
      CREATE TABLE below (id int REFERENCES above ON DELETE CASCADE);
      CREATE TABLE pointed (id int PRIMARY KEY);
      CREATE TABLE pointing (id int REFERENCES pointed);
      CREATE TABLE parts (id int) PARTITION BY LIST (id);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
      CREATE TRIGGER t AFTER INSERT ON parts_1 FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TABLE ruled (id int);
      CREATE RULE r AS ON INSERT TO ruled DO ALSO INSERT INTO notes VALUES (0);
      CREATE TABLE totals (id int, n int);
      CREATE FUNCTION total() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE totals SET n = n + 1; RETURN NULL; END $$;
      CREATE TABLE totalled (id int);
      CREATE TRIGGER t AFTER INSERT OR DELETE ON totalled FOR EACH STATEMENT EXECUTE FUNCTION total();
      INSERT INTO totals VALUES (1, 0), (2, 0);
      CREATE TABLE sent_on (id int);
      CREATE FUNCTION send_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes VALUES (NEW.id); RETURN NULL; END $$;
      CREATE TRIGGER t BEFORE INSERT ON sent_on FOR EACH ROW EXECUTE FUNCTION send_on();
      CREATE VIEW through AS SELECT * FROM noted;
      INSERT INTO above SELECT generate_series(1, 200); INSERT INTO below SELECT a.id FROM above a, generate_series(1, 5); INSERT INTO plain VALUES (1, 1)`,
  });
});
after(() => stage?.remove());

type Text = string | { text: string; values?: unknown[]; queryMode?: 'extended' };
let n = 0;
/** The closing summary of writing these, in one elevation. */
async function summaryOf(...texts: Text[]): Promise<Partial<ElevationSummary>> {
  const reason = `further ${++n}`;
  const client = await stage.connect();
  await client.query(`SELECT sudo('${reason}')`);
  for (const text of texts) await client.query(text as never);
  await client.query('SELECT unsudo()');
  await client.end();
  return (await stage.ended(reason)).summary ?? {};
}

/** `noted+1 notes+10`: by table, what was inserted, updated (`~`) and deleted. */
async function counted(...texts: Text[]): Promise<string> {
  const { further, counted = {} } = await summaryOf(...texts);
  assert.equal(further, undefined);
  const words = ([table, { inserted, updated, deleted }]: [string, CountedRows]) => {
    const counts = [
      ...(inserted ? [`+${inserted}`] : []),
      ...(updated ? [`~${updated}`] : []),
      ...(deleted ? [`-${deleted}`] : []),
    ];
    return `${table.replace('public.', '')}${counts.join('')}`;
  };
  return Object.entries(counted).map(words).sort().join(' ');
}

test('rows of triggers, rules and cascading keys are counted, however they are written', async () => {
  assert.equal(await counted('INSERT INTO noted VALUES (1)'), 'noted+1 notes+10');
  assert.equal(await counted('BEGIN', 'INSERT INTO noted VALUES (1)', 'COMMIT'), 'noted+1 notes+10');
  assert.equal(await counted({ text: 'INSERT INTO noted VALUES ($1)', values: [1] }), 'noted+1 notes+10');
  assert.equal(await counted('PREPARE p AS INSERT INTO noted VALUES (1)', 'EXECUTE p'), 'noted+1 notes+10');
  assert.equal(await counted('DELETE FROM above WHERE id = 1'), 'above-1 below-5');
  assert.equal(await counted('INSERT INTO parts VALUES (1)'), 'notes+10 parts_1+1');
  assert.equal(await counted('INSERT INTO ruled VALUES (1)'), 'notes+1 ruled+1');
  assert.equal(await counted('INSERT INTO through VALUES (1)'), 'noted+1 notes+10');
  assert.equal(await counted('INSERT INTO totalled VALUES (1)'), 'totalled+1 totals~2');
  assert.equal(
    await counted(
      'BEGIN',
      'INSERT INTO noted VALUES (1)',
      'COMMIT AND CHAIN',
      'UPDATE plain SET n = 3',
      'INSERT INTO ruled VALUES (1)',
      {
        text: 'COMMIT',
        queryMode: 'extended',
      },
    ),
    'noted+1 notes+11 ruled+1',
  );
});

test('tables whose changes could not be counted are named', async () => {
  const { further, counted: rows } = await summaryOf('INSERT INTO noted VALUES (1); INSERT INTO ruled VALUES (1)');
  assert.deepEqual([further, rows], [['public.noted', 'public.ruled'], undefined]);
  const text = 'BEGIN; INSERT INTO noted VALUES (1); COMMIT';
  assert.deepEqual((await summaryOf(text)).further, ['public.noted']);
  // What has no row of its own: the trigger sent it on, or is one of the statement.
  const none = 'INSERT INTO sent_on VALUES (1); DELETE FROM totalled WHERE false';
  assert.deepEqual((await summaryOf(none)).further, ['public.sent_on', 'public.totalled']);
});

test('promise 6: what ran in a transaction before it could be counted is not taken for what stood there before it', async () => {
  const again = 'INSERT INTO noted VALUES (2)';
  for (const texts of [
    ['BEGIN; INSERT INTO noted VALUES (1)', again],
    ['BEGIN', 'COMMIT; BEGIN; INSERT INTO noted VALUES (1)', { text: again, queryMode: 'extended' } as const],
  ]) {
    const { further, counted: rows } = await summaryOf(...texts, 'COMMIT');
    assert.deepEqual([further, rows], [['public.noted'], undefined]);
  }
});

test('what changes no more than its tags say is not asked for, nor named, nor what changed nothing or was rolled back', async () => {
  const plain = ['UPDATE plain SET n = 2', 'INSERT INTO pointed VALUES (1)', 'INSERT INTO below VALUES (2)'];
  assert.equal(await counted(...plain, 'SELECT * FROM noted'), '');
  assert.equal(await counted('DELETE FROM above WHERE id = 999'), '');
  assert.equal(await counted('BEGIN', 'INSERT INTO noted VALUES (1)', 'ROLLBACK'), '');
  // The target does not take back what it counted of a savepoint.
  const { rows, counted: back } = await summaryOf(
    'BEGIN',
    'SAVEPOINT s',
    'INSERT INTO noted VALUES (1)',
    'ROLLBACK TO s',
    'COMMIT',
  );
  assert.deepEqual([rows, back?.['public.notes']?.inserted], [{}, 10]);
});

const TABLES = ['plain', 'noted', 'notes', 'above', 'below', 'parts_1', 'ruled', 'totals', 'totalled'];
const TRUTH = TABLES.map((table) => `SELECT '${table}' AS name, count(*)::int AS rows FROM ${table}`).join(
  ' UNION ALL ',
);
/** Each changes a table that changes more, but the last. */
const CHANGES = [
  'INSERT INTO noted VALUES (1), (2)',
  'DELETE FROM above WHERE id IN (SELECT id FROM above ORDER BY id LIMIT 1)',
  'INSERT INTO parts VALUES (1)',
  'INSERT INTO ruled VALUES (1)',
  'INSERT INTO totalled VALUES (1)',
  'UPDATE plain SET n = n + 1',
] as const;

test('promise 6: what is counted is what is in the tables, and never less', async (context) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  context.diagnostic(`seed ${seed}`);
  const random = makeRandom(seed);
  for (let round = 0; round < 8; round++) {
    const before = new Map((await stage.rows(TRUTH)).map(({ name, rows }) => [String(name), Number(rows)]));
    const [{ sum } = {}] = await stage.rows('SELECT sum(n)::int AS sum FROM totals');
    const texts: Text[] = [];
    let exact = true;
    for (let transactions = 1 + random.below(4); transactions > 0; transactions--) {
      const as = (text: string): Text => (random.chance(0.5) ? text : { text, queryMode: 'extended' });
      const some = () => Array.from({ length: 1 + random.below(3) }, () => as(random.pick(CHANGES)));
      const back = random.chance(0.2);
      if (random.chance(0.3)) texts.push(...some());
      else {
        texts.push(as('BEGIN'), ...some());
        if (back) texts.push(as('SAVEPOINT s'), ...some(), as('ROLLBACK TO s'));
        if (back) exact = false;
        texts.push(as(random.chance(0.8) ? 'COMMIT' : 'ROLLBACK'));
      }
    }
    const { counted: rows = {}, further } = await summaryOf(...texts);
    assert.equal(further, undefined, JSON.stringify(texts));
    const after = await stage.rows(TRUTH);
    for (const { name, rows: there } of after.filter(({ name }) => name !== 'plain')) {
      const { inserted = 0, deleted = 0 } = rows[`public.${name}`] ?? {};
      const truth = Number(there) - (before.get(String(name)) ?? 0);
      const [said, least] = [inserted + deleted, Math.abs(truth)];
      assert.ok(
        exact ? inserted - deleted === truth : said >= least,
        `${name}: ${said} of ${truth}\n${JSON.stringify(texts)}`,
      );
    }
    const [{ sum: now } = {}] = await stage.rows('SELECT sum(n)::int AS sum FROM totals');
    const updated = rows['public.totals']?.updated ?? 0;
    const truth = Number(now) - Number(sum);
    assert.ok(exact ? updated === truth : updated >= truth, `totals: ${updated} of ${truth}\n${JSON.stringify(texts)}`);
  }
});

test('promise 6: where a function may empty a table, which the target does not count, the tables stay named beside the counts', async () => {
  await stage.rows(
    `CREATE FUNCTION may_empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN IF false THEN Truncate TABLE notes; END IF; END $$;
     GRANT CREATE ON SCHEMA public TO writer`,
  );
  // So that the catalogue is looked at again.
  await summaryOf('CREATE TABLE another ()');
  await until('the catalogue has it', async () => {
    const { further, counted: rows } = await summaryOf('INSERT INTO noted VALUES (1)');
    assert.equal(rows?.['public.notes']?.inserted, 10);
    return further?.includes('public.noted');
  });
});
