import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Analysis } from './analysis.ts';
import type { StatementFacts } from './facts.ts';
import { makeSharedFacts } from './shared-facts.ts';

const FACTS: StatementFacts = {
  type: 'SelectStmt',
  effects: ['read'],
  relations: [
    {
      ...{ schema: 'public', name: 'orders', kind: 'table', access: 'select', via: null },
      columns: { read: ['id'], written: [] },
    },
  ],
  functions: [],
  where: null,
  flags: {
    returns_rows: true,
    locking: false,
    explain: false,
    explain_analyze: false,
    resolved: true,
    copy: null,
    transaction: null,
    setting: null,
  },
  floor: [],
  fingerprint: 'f',
  normalized: 'SELECT $1',
};

const analysed = (facts: object, text = 'SELECT 1'): Analysis => ({
  kind: 'statements',
  statements: [{ facts: { ...FACTS, ...facts }, mechanics: {}, text }],
});
const factsOf = (analysis: Analysis) => (analysis.kind === 'statements' ? analysis.statements[0]?.facts : null);

test('equal facts are one object, whatever the texts; facts that differ anywhere are not', () => {
  const { share } = makeSharedFacts();
  const first = factsOf(share(analysed({})).analysis);
  assert.equal(factsOf(share(analysed({}, 'SELECT 2')).analysis), first);
  const others = [
    { normalized: 'SELECT $1 ' },
    { effects: ['read', 'lock'] },
    { relations: [] },
    { functions: [{ schema: 'a', name: 'f', signature: null, volatility: 'v', vetted: true }] },
    { flags: { ...FACTS.flags, locking: true } },
    { floor: ['x'] },
    { fingerprint: 'other' },
  ];
  const seen = new Set([first, ...others.map((each) => factsOf(share(analysed(each)).analysis))]);
  assert.equal(seen.size, others.length + 1);
});

test('what is not used goes, and what is used stays', () => {
  const { share } = makeSharedFacts();
  const used = factsOf(share(analysed({})).analysis);
  for (let n = 0; n < 6_000; n++) {
    share(analysed({ fingerprint: `${n}` }));
    if (n % 500 === 0) assert.equal(factsOf(share(analysed({})).analysis), used);
  }
});
