import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainReasons } from './plain-reasons.ts';

const reason = { code: 'a_code', message: 'public.orders is protected', remedy: 'ask Zoë \u{1f469}\u200d\u{1f4bb}' };

test('reasons that are plain stay the very same', () => {
  const reasons = [reason, { ...reason, message: 'наименование', remedy: '' }];
  assert.equal(plainReasons(reasons), reasons);
});

test('what a terminal acts upon, what ends a line and what is not seen leaves no reason', () => {
  const hostile = '\u001b[2J\u0007\u0000\u0085\u202eevil\u2066\u200b\ufeff\u2028\u3164\ud800\u009b31m';
  for (const key of ['code', 'message', 'remedy'] as const) {
    const [cleaned] = plainReasons([{ ...reason, [key]: `a${hostile}b\r\nc\td` }]);
    const text = cleaned?.[key] ?? '';
    assert.match(text, /^a.*b c d$/);
    assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u3164]/u);
  }
});

test('reasons are few and short', () => {
  const many = plainReasons(Array.from({ length: 5_000 }, (_, n) => ({ ...reason, code: `c${n}` })));
  assert.deepEqual([many.length, many[0]?.code], [20, 'c0']);
  const [long] = plainReasons([
    { code: 'c'.repeat(100), message: 'm'.repeat(1_000_000), remedy: '\u{1f642}'.repeat(1_000) },
  ]);
  assert.deepEqual([long?.code.length, long?.message.length, long?.remedy.length], [63, 1_000, 1_000]);
  assert.match(long?.message ?? '', /…$/);
});
