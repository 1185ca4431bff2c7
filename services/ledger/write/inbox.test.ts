// Order of service, without a ledger: who waits for whom.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryDraft } from '../entry/entry.ts';
import { type Inbox, type Item, makeInbox } from './inbox.ts';
import { prepare } from '../chain/seal.ts';
import { type Lane, own, placeOf } from './lanes.ts';

const MOST = 20_000;
const BATCH = 500;

interface Named extends Item {
  name: string;
}
const item = (
  name: string,
  lane: Lane,
  principal: string,
  session: string | null,
  more: Partial<Item> = {},
): Named => ({
  name,
  lane,
  principal,
  session,
  drafts: [prepare({ kind: 'gateway_stopped', replica: name })],
  at: '',
  size: 600,
  also: null,
  retry: true,
  patient: lane !== 'statement',
  done: () => {},
  failed: () => {},
  ...more,
});
const transaction = (name: string, principal: string, session: string | null) =>
  item(name, 'protect', principal, session, { also: async () => {}, patient: false });
const names = (items: Item[]) => items.map((each) => (each as Named).name);

/** An agent's twelve sessions, each with so many reads and their outcomes. */
function flood(inbox: Inbox, each: number): void {
  for (let n = 0; n < each; n++) {
    for (let s = 0; s < 12; s++) inbox.add(item(`flood ${s} ${n}`, 'outcome', 'agent', `a${s}`));
  }
}

test('without a flood, entries are committed in the order of arrival, a transaction alone', () => {
  const inbox = makeInbox(MOST);
  inbox.add(item('1', 'outcome', 'ana', 'a'));
  inbox.add(item('2', 'statement', 'ben', 'b'));
  inbox.add(item('3', 'outcome', 'ana', 'a'));
  inbox.add(transaction('4', 'sec', null));
  inbox.add(item('5', 'outcome', 'ben', 'b'));
  assert.deepEqual(names(inbox.take()), ['1', '2', '3']);
  assert.deepEqual(names(inbox.take()), ['4']);
  assert.deepEqual(names(inbox.take()), ['5']);
  assert.deepEqual(names(inbox.take()), []);
  assert.equal(inbox.count, 0);
  assert.equal(inbox.urgent, false);
});

test("behind a principal's flood, another's entries go into the next commit, in their order", () => {
  const inbox = makeInbox(MOST);
  flood(inbox, 1_000);
  for (let n = 0; n < 20; n++) inbox.add(item(`ben ${n}`, 'statement', 'ben', 'b'));
  const first = names(inbox.take());
  assert.equal(first.length, BATCH);
  assert.deepEqual(
    first.filter((name) => name.startsWith('ben')),
    Array.from({ length: 20 }, (_, n) => `ben ${n}`),
  );
});

test("a principal's own session that is quiet does not wait for the one that floods", () => {
  const inbox = makeInbox(MOST);
  for (let n = 0; n < 50_000; n++) inbox.add(item(`outcome ${n}`, 'outcome', 'app', 'loud'));
  inbox.add(item('quiet', 'statement', 'app', 'still'));
  assert.ok(names(inbox.take()).includes('quiet'));
  assert.equal(inbox.room('app', 'still'), null, 'it has nothing waiting');
  assert.notEqual(inbox.room('app', 'loud'), null);
});

test('a revocation, a start and an end wait for one commit at most while the queue is full', () => {
  const inbox = makeInbox(MOST);
  flood(inbox, 5_000);
  inbox.add(transaction('revoked', 'sec', null));
  inbox.add(item('started', 'outcome', 'ben', 'b'));
  inbox.add(transaction('elevated', 'ben', 'b'));
  assert.equal(inbox.take().length, BATCH);
  assert.deepEqual(names(inbox.take()), ['revoked']);
  const then = [names(inbox.take()), names(inbox.take())];
  assert.ok(then[0]?.includes('started'), 'what the session recorded before is before it');
  assert.deepEqual(then[1], ['elevated']);
});

test("a principal's own flood of transactions keeps no other's waiting, nor entries", () => {
  const inbox = makeInbox(MOST);
  for (let n = 0; n < 200; n++) inbox.add(transaction(`refused ${n}`, 'agent', `a${n}`));
  inbox.add(item('ben', 'statement', 'ben', 'b'));
  inbox.add(transaction('revoked', 'sec', null));
  assert.deepEqual(names(inbox.take()), ['refused 0']);
  assert.deepEqual(names(inbox.take()), ['ben']);
  assert.deepEqual(names(inbox.take()), ['revoked']);
});

test("a session's entries keep their order, through turns, transactions and what is put back", () => {
  const inbox = makeInbox(MOST);
  flood(inbox, 400);
  const expected: string[] = [];
  for (let n = 0; n < 700; n++) {
    expected.push(`ana ${n}`);
    inbox.add(
      n % 100 === 99
        ? transaction(`ana ${n}`, 'ana', 'a')
        : item(`ana ${n}`, n % 3 ? 'outcome' : 'statement', 'ana', 'a'),
    );
  }
  const found: string[] = [];
  let again = 0;
  for (let items = inbox.take(); items.length > 0; items = inbox.take()) {
    if (++again % 3 === 0) inbox.putBack(items);
    else found.push(...names(items));
  }
  assert.deepEqual(
    found.filter((name) => name.startsWith('ana')),
    expected,
  );
  for (let s = 0; s < 12; s++) {
    assert.deepEqual(
      found.filter((name) => name.startsWith(`flood ${s} `)),
      Array.from({ length: 400 }, (_, n) => `flood ${s} ${n}`),
    );
  }
  assert.equal(inbox.count, 0);
});

test('a session that has its share waiting is held back until half of it is recorded', async () => {
  const inbox = makeInbox(MOST);
  assert.equal(inbox.room('agent', 'a'), null);
  for (let n = 0; n < 600; n++) inbox.add(item(`${n}`, 'outcome', 'agent', 'a'));
  let free = false;
  const room = inbox.room('agent', 'a')?.then(() => {
    free = true;
  });
  assert.ok(room);
  assert.equal(inbox.room('ben', 'b'), null);
  inbox.take();
  await room;
  assert.ok(free);
  assert.equal(inbox.room('agent', 'a'), null);
});

test('where waiting is in vain, nobody is held back', async () => {
  const inbox = makeInbox(MOST);
  for (let n = 0; n < 600; n++) inbox.add(item(`${n}`, 'outcome', 'agent', 'a'));
  const room = inbox.room('agent', 'a');
  inbox.releaseAll();
  await room;
  assert.equal(inbox.count, 600);
});

test('a full queue refuses who has more than an equal part of it, and nobody else', () => {
  const inbox = makeInbox(MOST);
  flood(inbox, 2_000);
  assert.equal(inbox.admits('agent'), false);
  assert.equal(inbox.admits('ben'), true);
  for (let n = 0; n < 9_000; n++) inbox.add(item(`${n}`, 'outcome', 'ben', 'b'));
  assert.equal(inbox.admits('ben'), false);
  assert.equal(inbox.admits('sec'), true);
});

test('long texts weigh as much as they take', () => {
  const inbox = makeInbox(MOST);
  for (let n = 0; n < 40; n++) inbox.add(item(`${n}`, 'outcome', 'agent', 'a', { size: 64_000 }));
  assert.notEqual(inbox.room('agent', 'a'), null);
});

test('what gave up waiting, or is refused, leaves nothing behind', () => {
  const inbox = makeInbox(MOST);
  const kept = item('kept', 'outcome', 'ana', 'a');
  const gone = item('gone', 'statement', 'ana', 'a');
  inbox.add(gone);
  inbox.add(kept);
  inbox.add(transaction('also gone', 'ana', 'a'));
  assert.equal(inbox.remove(gone), true);
  assert.equal(inbox.remove(gone), false);
  assert.deepEqual(names(inbox.removeAll(({ patient }) => !patient)), ['also gone']);
  assert.equal(inbox.urgent, false);
  assert.deepEqual(names(inbox.take()), ['kept']);
  assert.equal(inbox.count, 0);
  assert.equal(inbox.room('ana', 'a'), null);
});

test('who is stopped has no part in when their stop is recorded', () => {
  const who = { session: 's', principal: 'agent', target: 'shop' };
  const revoked: EntryDraft = { kind: 'elevation_revoked', elevation: 'e', actor: { principal: 'sec' }, ...who };
  assert.deepEqual(placeOf(revoked), { lane: 'protect', principal: 'sec', session: null });
  const token: EntryDraft = { kind: 'token_revoked', token: 't', principal: 'agent', actor: { operator: 'root' } };
  assert.deepEqual(placeOf(token), own('gateway'));
});
