// Users' own functions in reads, on a running gateway: the line that a refusal prints is the line that lets it through.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { copyOfShipped } from '../../services/policy/testing.ts';
import { until } from '../helpers/demo.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

let whole: Whole;
let policies: string;
let client: pg.Client;
const PATIENCE_MS = 90_000;

before(async () => {
  policies = await copyOfShipped();
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
  assert.match(hint, /SELECT sudo\('why'\)/, 'what else would help is still said');
  assert.doesNotMatch(hint, /FROM orders/, 'nothing of the body is shown');

  assert.equal(lineIn((await refusal(() => client.query('EXPLAIN SELECT status_of(7)'))).hint), line);

  const listed = await whole.sudoqld('functions', '--target', 'shop');
  assert.equal(lineIn(listed), line, 'the command prints the very same line');

  await vet(line);
  const { rows } = await until('it is allowed', () => call().catch(() => null), PATIENCE_MS);
  assert.equal(rows[0].status, 'pending');
  assert.doesNotMatch(
    await whole.sudoqld('functions', '--target', 'shop'),
    /status_of/,
    'what is vetted is not listed',
  );

  await whole.onTarget(`CREATE OR REPLACE FUNCTION status_of(integer) RETURNS text LANGUAGE sql VOLATILE
    AS 'UPDATE orders SET status = ''gone'' WHERE id = $1 RETURNING status'`);
  const again = await until('the replaced body is refused', () => refusal().catch(() => null), PATIENCE_MS);
  assert.equal(again.code, '25006');
  assert.notEqual(lineIn(again.hint), line, 'another body is another line');
  assert.equal((await whole.onTarget('SELECT status FROM orders WHERE id = 7'))[0]?.status, 'pending');
});

test('a line that is not one is told by file and key, and nothing changes', async () => {
  await writeFile(settings(), 'functions:\n  - { targets: [shop], signature: "public.f()", body: "short" }\n');
  const detail = await until(
    'it is refused',
    async () => (await whole.readyz()).parts.policy?.detail ?? null,
    PATIENCE_MS,
  );
  assert.match(detail, /settings\/vetted\/data\.yaml:2:49: .*functions\.0\.body/);
});
