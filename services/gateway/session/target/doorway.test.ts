import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../../test/helpers/until.ts';
import { Doorway } from './doorway.ts';

test('of one principal four are opened at once, the others in the order in which they came; nobody waits for another principal', async () => {
  const doorway = new Doorway(() => false);
  const open: { name: string; done: PromiseWithResolvers<void> }[] = [];
  const enter = (principal: string, name: string) =>
    doorway.through(principal, () => {
      const done = Promise.withResolvers<void>();
      open.push({ name, done });
      return done.promise;
    });
  const all = Array.from({ length: 10 }, (_, n) => enter('agent', `agent ${n}`));
  const ben = enter('ben', 'ben');
  const names = () => open.map(({ name }) => name);
  assert.deepEqual(names(), ['agent 0', 'agent 1', 'agent 2', 'agent 3', 'ben']);
  open[1]?.done.reject(new Error('refused by the target'));
  await assert.rejects(all[1] ?? ben, /refused/);
  assert.equal(names().at(-1), 'agent 4');
  open[4]?.done.resolve();
  await ben;
  for (let n = 0; n < open.length; n++) {
    open[n]?.done.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.allSettled(all);
  assert.equal(open.length, 11);
  const later = enter('agent', 'later');
  assert.equal(names().at(-1), 'later');
  open.at(-1)?.done.resolve();
  await later;
});

test('beside others one is opened at a time, and the next after as long again; once they have gone, four at once', async () => {
  let others = true;
  const doorway = new Doorway(() => others);
  const open: PromiseWithResolvers<void>[] = [];
  const at: number[] = [];
  const all = Array.from({ length: 6 }, () =>
    doorway.through('agent', () => {
      const done = Promise.withResolvers<void>();
      at.push(performance.now());
      open.push(done);
      return done.promise;
    }),
  );
  assert.equal(open.length, 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const over = performance.now();
  open[0]?.resolve();
  await until('the next is opened', () => open.length === 2);
  const [first = 0, second = 0] = at;
  assert.ok(second - over >= over - first - 2, `${second - over} ms after ${over - first} ms`);
  others = false;
  open[1]?.resolve();
  await until('all are opened that may be', () => open.length === 6);
  for (const each of open) each.resolve();
  await Promise.all(all);
});
