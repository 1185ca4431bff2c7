// Promise 9: a rule that passed every gate and does not come to its end, for one client alone.
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

let whole: Whole;
let policies: string;

/** 10^16 turns, for who calls itself so. */
const RULE = `package sudoql.statement.rules.endless

deny contains {"code": "endless", "message": "m", "remedy": "r"} if {
	input.session.application_name == "endless"
	some a in numbers.range(1, 10000)
	some b in numbers.range(1, 10000)
	some c in numbers.range(1, 10000)
	some d in numbers.range(1, 10000)
	(a + b) + (c + d) == 0
}
`;

before(async () => {
  policies = await mkdtemp(join(tmpdir(), 'sudoql-endless-'));
  await cp(fileURLToPath(new URL('../../policies', import.meta.url)), policies, { recursive: true });
  const folder = join(policies, 'sudoql/statement/rules/endless');
  await mkdir(folder);
  await writeFile(join(folder, 'endless.rego'), RULE);
  whole = await startWhole({ policies });
});
after(async () => {
  await whole?.remove();
  await rm(policies, { recursive: true, force: true });
});

test('promise 9: an endless rule is stopped, which denies; it is recorded by name, and nobody else waits for it', async () => {
  const other = await whole.connect();
  const client = await whole.connect('ana', { application_name: 'endless' });
  for (let i = 0; i < 3; i++) {
    const denied = assert.rejects(client.query(`SELECT ${i}`), { code: 'XX000' });
    const [{ rows }, { ready }] = await Promise.all([other.query('SELECT 1 AS one'), whole.readyz(), denied]);
    assert.deepEqual([rows[0].one, ready], [1, true]);
  }
  const refused = await until('it is recorded', async () => {
    const entries = await whole.entries('statement_refused');
    return entries.length >= 3 ? entries : null;
  });
  for (const { reasons, fault, revision } of refused) {
    assert.deepEqual(reasons, ['fault']);
    assert.match(
      String(fault),
      /^the policy failed: it takes more than the [\d,]+ steps that a decision may take, in sudoql\.statement\.rules\.endless\.deny$/,
    );
    assert.match(String(revision), /^[0-9a-f]{64}$/);
  }
  // SIGTERM is answered as ever.
  await whole.gateway.stop();
});
