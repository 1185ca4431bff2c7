// A bounded part of `npm run test:account`, with another seed each time: it is printed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeStage, openPolicy, type Stage } from '../wire/stage.ts';
import { playAll } from './play-all.ts';
import { SCHEMA } from './script.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({ policy: openPolicy(), schema: SCHEMA });
});
after(() => stage.remove());

test('promise 6: record and closing summary never say less than what is in the table, nor more, whatever ends when', async (context) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  context.diagnostic(`npm run test:account -- --runs 60 --seed ${seed}`);
  const { findings, interrupted, unknown } = await playAll(stage, { runs: 60, seed });
  assert.deepEqual(findings, []);
  assert.ok(interrupted > 0, 'nothing was interrupted');
  assert.ok(unknown <= interrupted / 2, `${unknown} of ${interrupted} interrupted runs are told as unknown`);
});
