import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BEAT_MS, makeStandstill } from './standstill.ts';

test('a thread that beats, however slowly, does not stand still; one that does not, does after the limit', () => {
  const slow = makeStandstill(30_000);
  for (let n = 0; n < 200; n++) assert.equal(slow(Math.floor(n / 29), n * BEAT_MS), false);
  const still = makeStandstill(30_000);
  const looks = Array.from({ length: 40 }, (_, n) => still(7, n * BEAT_MS));
  assert.equal(looks.indexOf(true), 30);
});

test('a process that was suspended, for however long and often, does not stand still', () => {
  const standsStill = makeStandstill(30_000);
  let now = 0;
  for (let n = 0; n < 100; n++) {
    // An hour in which neither thread ran; after it this one may look a few times before the other comes to its turn.
    now += 3_600_000;
    for (let looks = 0; looks < 5; looks++) {
      now += BEAT_MS;
      assert.equal(standsStill(n, now), false);
    }
  }
});

test('promise 9: a process whose event loop stands still is ended, and says why', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-standstill-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const watchdog = JSON.stringify(new URL('./watchdog.ts', import.meta.url).href);
  const program = `import { makeWatchdog } from ${watchdog};
    makeWatchdog({ targets: {}, standstillMs: 2_000 });
    process.on('SIGTERM', () => process.exit(0));
    setTimeout(() => { console.log('stands'); for (;;); }, 500);`;
  const file = join(home, 'main.mjs');
  await writeFile(file, program);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes) => (said += bytes));
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  assert.deepEqual([code, signal], [null, 'SIGKILL']);
  assert.match(said, /"msg":"the event loop has stood still for 2 s, so the process is ended/);
});
