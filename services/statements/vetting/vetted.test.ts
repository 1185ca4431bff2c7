import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { vettingLine } from './vetted.ts';

test('a line shows what it vets: characters that nobody sees, or that a terminal acts upon, are written as escapes of YAML', () => {
  const body = '0123456789abcdef';
  for (const odd of ['\n', '\u001b[2J', '\u009b2J', '\u202e', '\u2028', '\u200b', '\u{e0041}', '\\u202e', 'ü']) {
    const signature = `public."a${odd}b"()`;
    const line = vettingLine('shop', { signature, body });
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.deepEqual(parse(line), [{ targets: ['shop'], signature, body }]);
  }
});
