// Users' own functions in reads, on a running gateway: the line that a refusal prints is the line that lets it through.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { copyOfLean } from '../../services/policy/testing.ts';
import { until } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

let whole: Whole;
let policies: string;
let client: pg.Client;

before(async () => {
  policies = await copyOfLean();
  whole = await startWhole({ policies });
  await whole.onTarget(`CREATE FUNCTION status_of(integer) RETURNS text LANGUAGE sql STABLE
    AS 'SELECT status FROM orders WHERE id = $1'`);
  client = await whole.connect();
});
after(async () => {
  await whole?.remove();
  if (policies) await rm(policies, { recursive: true, force: true });
});

const call = () => client.query('SELECT status_of(7) AS status');
const refusal = async (run: () => Promise<unknown> = call): Promise<{ code: string; hint: string }> => {
  try {
    await run();
  } catch (error) {
    return error as { code: string; hint: string };
  }
  throw new Error('it was not refused');
};
const lineIn = (text: string) => /^- \{ targets: .*status_of.*\}$/m.exec(text)?.[0];
/** Refusals are recorded within a second. */
const recorded = (statement: RegExp, count: number) =>
  until('the refusals are recorded', async () => {
    const refusals = await whole.entries('statement_refused');
    return refusals.filter(({ normalized }) => statement.test(String(normalized))).length >= count;
  });
const settings = () => join(policies, 'settings/vetted/data.yaml');
const vet = async (line: string) => {
  const text = await readFile(settings(), 'utf8');
  await writeFile(settings(), text.replace(/^functions:[\s\S]*/m, `functions:\n  ${line}\n`));
};

test('promise 3: a read that calls an unvetted function is refused with the line that vets it, which holds for this body alone', async () => {
  const { code, hint } = await refusal();
  assert.equal(code, '25006');
  const line = lineIn(hint);
  assert.ok(line, hint);
  assert.doesNotMatch(hint, /SELECT sudo\('why'\)/, 'write mode would not permit it there either');
  assert.equal(hint.split(line).length, 2, 'it is said once');
  assert.doesNotMatch(hint, /FROM orders/, 'nothing of the body is shown');

  assert.equal(lineIn((await refusal(() => client.query('EXPLAIN SELECT status_of(7)'))).hint), line);

  await recorded(/status_of/, 2);
  const listed = await whole.sudoqld('functions', '--target', 'shop');
  assert.equal(lineIn(listed), line, 'the command prints the very same line');

  await vet(line);
  const { rows } = await until('it is allowed', () => call().catch(() => null));
  assert.equal(rows[0].status, 'pending');
  assert.doesNotMatch(
    await whole.sudoqld('functions', '--target', 'shop'),
    /status_of/,
    'what is vetted is not listed',
  );

  await whole.onTarget(`CREATE OR REPLACE FUNCTION status_of(integer) RETURNS text LANGUAGE sql VOLATILE
    AS 'UPDATE orders SET status = ''gone'' WHERE id = $1 RETURNING status'`);
  const again = await until('the replaced body is refused', () => refusal().catch(() => null));
  assert.equal(again.code, '25006');
  assert.notEqual(lineIn(again.hint), line, 'another body is another line');
  assert.equal((await whole.onTarget('SELECT status FROM orders WHERE id = 7'))[0]?.status, 'pending');
});

test('the functions that reads were refused for are listed by how often; those that no read was refused for with --all alone', async () => {
  await whole.onTarget(`CREATE FUNCTION spoken() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN 1; END';
    CREATE FUNCTION unasked() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION dropped() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
  const ben = await whole.connect('ben');
  await until('it is known', async () => (await refusal(() => ben.query('SELECT spoken() + 0'))).code === '25006');
  for (const each of [client, client, ben]) await refusal(() => each.query('SELECT spoken(), spoken()'));
  // A prepared text counts as what it runs; what writes would be no read if its function were vetted.
  await refusal(() => ben.query({ text: 'SELECT spoken() AS bound WHERE $1', values: [true] }));
  await refusal(() => ben.query('UPDATE orders SET id = unasked()'));
  await refusal(() => ben.query('SELECT dropped() AS gone'));
  await whole.onTarget('DROP FUNCTION dropped()');
  await recorded(/gone/, 1);

  const list = async (...more: string[]) => await whole.sudoqld('functions', '--target', 'shop', ...more);
  const rows = (await list('--json')).split('\n').filter((line) => line.startsWith('{'));
  const functions = rows.map((line) => JSON.parse(line) as Record<string, unknown>);
  const spoken = functions.find(({ signature }) => signature === 'public.spoken()');
  const refusals = (await whole.entries('statement_refused')).filter(({ normalized }) =>
    /spoken/.test(String(normalized)),
  );
  assert.ok(spoken);
  const { bodies, count, last, principals } = spoken.refused as Record<string, unknown>;
  assert.deepEqual(
    { bodies, count, last, principals },
    { bodies: [spoken.body], count: refusals.length, last: refusals.at(-1)?.at, principals: 2 },
  );
  assert.ok(refusals.length >= 5, String(refusals.length));

  const text = await list();
  assert.match(text, /^FUNCTION +REFUSED +LAST +PRINCIPALS +KIND +VOLATILITY +LANGUAGE +SECURITY +OWNER +BODY/);
  assert.match(
    text,
    new RegExp(
      `^public\\.spoken\\(\\) +${refusals.length} +\\d{4}-\\S+Z +2 +function +volatile +plpgsql +definer +\\S+ +${spoken.body}$`,
      'm',
    ),
  );
  assert.ok(text.split('\n').includes(String(spoken.line)), text);
  assert.match(text, /Not among the functions that the target’s users have now: public\.dropped\(\)/);
  assert.doesNotMatch(text, /unasked/);
  assert.match(
    text,
    /^FUNCTION.*\npublic\.status_of\(integer\)/,
    'refused again since it was replaced, and most often',
  );
  const all = await list('--all');
  assert.match(all, /^public\.unasked\(\)/m);
  assert.match(all, /^public\.spoken\(\)/m);

  await whole.onTarget("CREATE OR REPLACE FUNCTION spoken() RETURNS int LANGUAGE sql AS 'SELECT 2'");
  assert.match(await list(), /^public\.spoken\(\) has another body now/m);
  const later = new Date(Date.now() + 1_000).toISOString();
  assert.match(await list('--since', later), /reads of shop were refused for none/);
});

test('a function’s name cannot write a line of policy data of its own into the list, nor move the reader’s cursor', async () => {
  const names = ['\n- {targets: ["*"],signature: "p.e()",body: "0123456789abcdef"}', 'odd\u001b[2J\u009b2J\u202e'].map(
    pg.escapeIdentifier,
  );
  for (const name of names) await whole.onTarget(`CREATE FUNCTION ${name}() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
  const printed = await whole.sudoqld('functions', '--target', 'shop', '--all');
  assert.match(printed, /^public\.odd\\u\{1b\}/m);
  assert.doesNotMatch(printed, /^- \{ ?targets: \["\*"\]/m);
  assert.doesNotMatch(printed, /(?!\n)[\p{Cc}\p{Cf}]/u);
  for (const name of names) await whole.onTarget(`DROP FUNCTION ${name}()`);
});

test('refusals whose functions were pruned are counted, and a ledger that does not answer is said, with 69', async () => {
  const [counted] = await whole.onLedger(
    "SELECT count(*)::int FROM entry WHERE kind = 'statement_refused' AND body::jsonb ? 'unvetted' AND body::jsonb -> 'effects' = '[\"dynamic\", \"read\"]'",
  );
  await whole.onLedger("DELETE FROM kept WHERE part LIKE '[%'");
  const printed = await whole.sudoqld('functions', '--target', 'shop');
  assert.match(printed, /refused for none of its functions/);
  assert.match(printed, new RegExp(`^${counted?.count} refused reads are not counted`, 'm'));
  whole.ledger.hop.cut();
  await assert.rejects(
    whole.sudoqld('functions', '--target', 'shop'),
    /ended with 69:\nThe ledger cannot be asked which reads were refused: .*--all/,
  );
  assert.match(await whole.sudoqld('functions', '--target', 'shop', '--all'), /^public\.unasked\(\)/m);
  whole.ledger.hop.restore();
});

test('a line that is not one is told by file and key, and nothing changes', async () => {
  await writeFile(settings(), 'functions:\n  - { targets: [shop], signature: "public.f()", body: "short" }\n');
  const detail = await until('it is refused', async () => (await whole.readyz()).parts.policy?.detail ?? null);
  assert.match(detail, /settings\/vetted\/data\.yaml:2:49: .*functions\.0\.body/);
});
