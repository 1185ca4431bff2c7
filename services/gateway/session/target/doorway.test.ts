import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Doorway } from './doorway.ts';

test('of one principal four are opened at once, the others in the order in which they came; nobody waits for another principal', async () => {
  const doorway = new Doorway();
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
