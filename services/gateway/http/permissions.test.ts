import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../contract/clock.ts';
import type { Principal } from '../../contract/words.ts';
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import { LedgerUnavailable } from '../../ledger/ledger.ts';
import type { AdminDecision, Evaluated, Policy } from '../../policy/decision.ts';
import { makePermissions } from './permissions.ts';

const sec: Principal = { id: 'sec', email: null, groups: ['security'], kind: 'human', elevate: 'none' };
const shop = { name: 'shop', labels: {} };
const fault = (): never => {
  throw new Error('not asked here');
};
const asking = (allow: boolean) => {
  const recorded: EntryDraft[] = [];
  const evaluated: Evaluated<AdminDecision> = {
    ok: true,
    decision: { allow, reasons: [] },
    revision: 'a'.repeat(64),
    microseconds: 1,
    lasting: false,
  };
  const policy: Policy = {
    statement: fault,
    elevation: fault,
    approval: fault,
    admin: () => evaluated,
    revision: null,
    problem: null,
  };
  const of = (full: boolean) =>
    makePermissions(policy, systemClock, {
      keep: () => 'hash',
      queue(draft) {
        if (full) throw new LedgerUnavailable('The buffer is full.');
        recorded.push(draft);
      },
    });
  return { recorded, full: of(true), working: of(false) };
};

const RECORDED = ['elevation.revoke', 'notice.send', 'policy.activate', 'policy.approve', 'policy.read'] as const;

test('who floods the record cannot keep others from stopping an elevation; what gives something out needs its entry', () => {
  const { full } = asking(true);
  assert.equal(full.may(sec, 'elevation.revoke', 'ana', shop).allowed, true);
  for (const action of ['policy.activate', 'policy.approve', 'policy.read', 'notice.send'] as const)
    assert.equal(full.may(sec, action, null, null).allowed, false, action);
  assert.equal(asking(false).full.may(sec, 'elevation.revoke', 'ana', shop).allowed, false);
});

test('decisions on revoking, sending notices, activating and reading policies are recorded, allowed or not; those on lists are not', () => {
  for (const allow of [true, false]) {
    const { recorded, working } = asking(allow);
    for (const action of [...RECORDED, 'elevation.list'] as const)
      assert.equal(working.may(sec, action, null, null).allowed, allow);
    assert.deepEqual(
      recorded.map((entry) => entry.kind === 'admin_decided' && [entry.action, entry.result]),
      RECORDED.map((action) => [action, allow ? 'allow' : 'deny']),
    );
  }
});
