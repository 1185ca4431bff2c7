import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWords } from './durations.ts';

test('a time is said in its two largest units', () => {
  const said: [number, string][] = [
    [0, '0 s'],
    [0.3, 'less than a second'],
    [8, '8 s'],
    [59.6, '1 min'],
    [90, '1 min 30 s'],
    [900, '15 min'],
    [5_400, '1 h 30 min'],
    [3_605, '1 h'],
    [97_200, '1 d 3 h'],
  ];
  assert.deepEqual(
    said.map(([seconds]) => inWords(seconds)),
    said.map(([, words]) => words),
  );
});
