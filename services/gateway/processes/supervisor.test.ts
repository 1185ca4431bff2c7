import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { until } from '../../../test/helpers/until.ts';
import { SLOT_TIMES, type SlotTimes } from './slot.ts';
import { type Supervisor, superviseProcesses } from './supervisor.ts';

const exec = fileURLToPath(new URL('./testing-member.ts', import.meta.url));
const snapshot = { file: '', text: '', files: {} };
const opened: Supervisor[] = [];
after(() => {
  for (const supervisor of opened) supervisor.kill();
});

type Said = Record<string, unknown> & { text: string };
function supervise(processes: number, times: Partial<SlotTimes> = {}, args: string[] = []) {
  const said: Said[] = [];
  const say = (fields: object, text: string) => void said.push({ ...fields, text });
  const log = { info: say, warn: say, error: say } as never;
  const program = { exec, args, execArgv: [] };
  const supervisor = superviseProcesses({ processes, snapshot, log, times: { ...SLOT_TIMES, ...times }, program });
  opened.push(supervisor);
  const of = (text: string) => said.filter((each) => each.text === text);
  const serving = (count: number) => until(`${count} have served`, () => of('a process serves').length === count);
  return { supervisor, of, serving };
}

test('a process that ends by itself is started again, each time later; the others stay; all end when they are asked to', async () => {
  const { supervisor, of, serving } = supervise(2, { againMs: { first: 1, most: 10 } });
  await serving(2);
  const [first, second] = of('a process serves').map(({ pid }) => Number(pid));
  for (const n of [3, 4, 5]) {
    process.kill(Number(of('a process serves').findLast(({ slot }) => slot === 1)?.pid), 'SIGKILL');
    await serving(n);
  }
  assert.deepEqual(
    of('a process of this gateway ended by itself').map(({ slot, how }) => [slot, how]),
    Array.from({ length: 3 }, () => [1, 'signal SIGKILL']),
  );
  assert.deepEqual(
    of('a process of this gateway is started again').map(({ ms }) => ms),
    [1, 4, 10],
  );
  assert.notEqual(first, second);
  supervisor.stop();
  assert.equal(await supervisor.ended, 0);
});

test('a process that answers no more is ended and started again', async () => {
  const { supervisor, of, serving } = supervise(1, {
    pingMs: 20,
    unanswered: { begun: 20, before: 6_000 },
    againMs: { first: 1, most: 10 },
  });
  await serving(1);
  process.kill(Number(of('a process serves')[0]?.pid), 'SIGSTOP');
  await serving(2);
  assert.equal(of('a process of this gateway ended by itself')[0]?.how, 'it did not answer any more');
  supervisor.stop();
  assert.equal(await supervisor.ended, 0);
});

test('when the first cannot start at all, nobody is started again, and its exit code is the answer', async () => {
  const { supervisor, of } = supervise(2, {}, ['78']);
  assert.equal(await supervisor.ended, 78);
  assert.equal(of('a process of this gateway is started again').length, 0);
});
