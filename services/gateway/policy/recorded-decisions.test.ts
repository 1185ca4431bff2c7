import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { after, test } from 'node:test';
import { startPostgres } from '../../../test/helpers/postgres.ts';
import type { Decided, EntryDraft } from '../../ledger/entry/entry.ts';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { migratedLedger } from '../../ledger/testing.ts';
import { makeLedger } from '../../ledger/write/make-ledger.ts';
import { compileModule } from '../../policy/compiler/compile-module.ts';
import { makeCompiler } from '../../policy/compiler/compiler.ts';
import type { Answering } from '../../policy/gate/judge.ts';
import { approvalInput, readInput } from '../../policy/gate/sample-inputs.ts';
import { makeCandidate } from '../../policy/replay/candidate.ts';
import { exportDecisions, exportedDecisions } from '../../policy/replay/export-file.ts';
import { reportLines } from '../../policy/replay/print-report.ts';
import { replay } from '../../policy/replay/replay.ts';
import { shippedFiles, shippedModule } from '../../policy/testing.ts';
import { flipsGate, makeFlipsGate } from './flips-gate.ts';
import { ruleUsage } from './rule-usage.ts';
import { recordedDecisions } from './recorded-decisions.ts';

const endings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

const cluster = await startPostgres();
endings.push(() => cluster.remove());
const connection = await migratedLedger(cluster);
const ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
endings.push(() => ledger.close());
const pool = makeLedgerPool({ connection });
endings.push(() => pool.close());
const refused = (decided: Decided): EntryDraft => ({
  kind: 'statement_refused',
  ...{ session: 's', principal: 'ana', target: 'shop', mode: 'read', elevation: null, code: 'denied' },
  ...{ reasons: ['some_rule'], fingerprint: 'f', normalized: 'select 1', type: 'select', effects: ['read'] },
  ...{ revision: 'a'.repeat(64), decided },
});

test('what was recorded without its answer, as before answers were, is counted as such and compared with nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-decisions-'));
  endings.push(() => rm(directory, { recursive: true }));
  const { said, ...before }: Decided = {
    entrypoint: 'statement',
    context: ledger.keep({ version: 1 }),
    facts: ledger.keep({ type: 'select' }),
    clock: '2026-01-01T00:00:00.000Z',
    analyser: '3',
    said: { result: 'deny', codes: ['some_rule'], terms: {} },
  };
  await ledger.append(refused(before as Decided));
  await ledger.append(refused({ ...before, said }));

  const compiler = makeCompiler();
  endings.push(() => compiler.close());
  const made = await makeCandidate(await shippedFiles(), compiler);
  assert.ok(made.ok);
  const recorded = () => recordedDecisions(pool, { since: new Date(Date.now() - 60_000) });
  const file = join(directory, 'decisions.jsonl');
  const out = createWriteStream(file);
  assert.equal(await exportDecisions(recorded(), out), 2);
  await finished(out.end());
  for (const decisions of [recorded(), exportedDecisions(file)]) {
    const report = await replay(decisions, made.candidate, { threads: 1 });
    assert.deepEqual(
      { found: report.found, evaluated: report.evaluated, gone: report.gone, flips: report.flips },
      { found: 2, evaluated: 1, gone: 1, flips: {} },
    );
    assert.match(reportLines(report).join('\n'), /^1 could not be: /m);
  }
  const rule = (name: string, code?: string) => ({
    path: name,
    package: 'p',
    file: 'f',
    row: 1,
    ...(code && { custom: { code } }),
  });
  const rules = [rule('quiet.deny', 'never_said'), rule('helper'), rule('loud.deny', 'some_rule')];
  const usage = await ruleUsage(pool, rules, new Date(Date.now() - 3_600_000));
  assert.deepEqual(
    usage.map(({ last, ...one }) => ({ ...one, last: last !== null })),
    [
      { rule: 'loud.deny', code: 'some_rule', times: 1, last: true },
      { rule: 'quiet.deny', code: 'never_said', times: 0, last: false },
    ],
  );
  const [gone] = await ruleUsage(pool, [], new Date(Date.now() - 3_600_000));
  assert.deepEqual([gone?.rule, gone?.code], [null, 'some_rule'], 'a rule that is there no more');
  assert.deepEqual(await ruleUsage(pool, [], new Date(Date.now() + 3_600_000)), []);
});

test('a policy that permits what the record has as refused, statements and answers to requests, needs to say how many it means; a number of the configuration is a wall', async () => {
  const { wasm, data } = await shippedModule();
  const policy = { module: await compileModule(wasm, { optimised: false }), data };
  const decided = (entrypoint: 'statement' | 'approval', input: object, facts: object | null): Decided => ({
    ...{ entrypoint, context: ledger.keep(input), facts: facts && ledger.keep(facts), analyser: '3' },
    ...{ clock: readInput.clock.iso, said: { result: 'deny', codes: ['some_rule'], terms: {} } },
  });
  const { clock: _, statement, ...context } = readInput;
  const { clock: __, ...asked } = approvalInput;
  // As facts were before they named columns.
  const relations = statement.relations.map(({ columns: _, ...relation }) => relation);
  await ledger.append(refused(decided('statement', context, { ...statement, relations })));
  await ledger.append({
    kind: 'answer_refused',
    ...{ principal: 'ana', target: 'shop', session: 's', about: 'r', action: 'approve', actor: { principal: 'ben' } },
    ...{ via: 'api', codes: ['some_rule'], revision: 'a'.repeat(64), decided: decided('approval', asked, null) },
  });
  let inForce: Answering | null = null;
  const opening = async (
    flips: { max: number; days: number; said: boolean } | null,
    opens: number,
    approvals = 0,
    candidate = policy,
  ) => {
    const { flips: gate } = flipsGate(pool, { flips, approvals }, async () => inForce);
    return (await gate?.(candidate, opens, new Map()))?.refused ?? null;
  };
  const usual = { max: 0, days: 7, said: false };
  const words = await opening(usual, 1);
  assert.match(
    words ?? '',
    /^of the decisions of the last 7 days 2 turn from deny to allow; .*"--opens 2".*policy\.gate\.flips/,
  );
  assert.match(words ?? '', /deny→allow {2}some_rule {2}ana on shop/);
  const line = { patterns: ['public.orders.note'], access: ['read'], targets: ['*'], groups: ['support'] };
  const settings = { ...(data.settings as object), protected_columns: { columns: [line], views: [] } };
  const guarding = { ...policy, data: { ...data, settings } };
  assert.match((await opening(usual, 0, 0, guarding)) ?? '', / 1 turns? from deny/, 'any column may have been read');
  assert.equal(await opening(usual, 2), null);
  assert.match((await opening({ max: 1, days: 7, said: true }, 1_000)) ?? '', /policy\.gate\.flips allows 1/);
  assert.equal(await opening({ max: 2, days: 7, said: true }, 0), null);
  assert.equal(await opening(null, 0), null);
  assert.equal(await opening(usual, 0, 1), null, 'who approves is told');

  const first = async (most: number, max: number, { said = true, told = false } = {}) =>
    makeFlipsGate({ pool, most, told, compiled: async () => inForce, limit: { max, days: 7, said } })(
      policy,
      1_000,
      new Map(),
    );
  assert.match(
    (await first(3, 5, { said: false })).refused ?? '',
    /^of the first 3 decisions of the last 7 days 1 turn from deny to allow; there are more/,
    'what was not looked at is nobody’s to mean',
  );
  assert.match((await first(3, 5)).refused ?? '', /there are more/, 'so few of the first are no proof of the rest');
  assert.equal((await first(4, 5)).refused, null, 'there are no more');
  assert.deepEqual(await first(3, Number.POSITIVE_INFINITY, { told: true }), {
    refused: null,
    told: [
      'of 2 decisions of the last 7 days: deny→allow: 1',
      '1 could not be evaluated: their parts are gone, or their answer was not recorded',
      'there are more, which were NOT looked at: "sudoqld policy replay" does',
      ...(await first(4, Number.POSITIVE_INFINITY, { told: true })).told.slice(2, 4),
    ],
  });
  await ledger.append({
    kind: 'request_denied',
    ...{ principal: 'ana', target: 'shop', session: 's', request: 'r', actor: { principal: 'ben' }, via: 'api' },
    ...{ why: null, revision: 'a'.repeat(64) },
    decided: { ...decided('approval', asked, null), said: { result: 'allow', codes: [], terms: {} } },
  });
  const full = await first(4, 2, { told: true });
  assert.equal(full.refused, null, 'what was permitted takes no room of what was refused');
  assert.match(full.told.join('\n'), /NOT looked at/);

  inForce = { wasm, data };
  assert.equal(await opening(usual, 0), null, 'what is in force permits them by now: nothing is opened');
});
