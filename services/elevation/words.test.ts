import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';
import { checkReason, presentable } from './reason.ts';

test('durations are read as people write them', () => {
  const read: Record<string, number> = {
    '900': 900,
    '10 min': 600,
    '1h': 3_600,
    '90 s': 90,
    '1h30m': 5_400,
    '1 Hour 30 Minutes': 5_400,
    ' 2 days ': 172_800,
    '1000 days': 86_400_000,
    // As PostgreSQL prints an interval, and as drivers write one.
    '00:05:00': 300,
    '1 day 02:00:00': 93_600,
    '2 days 00:00:00.000000': 172_800,
    PT5M: 300,
    pt1h30m: 5_400,
    P1DT2H3M4S: 93_784,
    '0 years 0 mons 0 days 0 hours 5 mins 0.0 secs': 300,
    '0 days 300.000000 seconds': 300,
    '0 months 0 days 300 s': 300,
    '0 day 300 s 0 us': 300,
  };
  for (const [text, seconds] of Object.entries(read)) assert.equal(parseDuration(text), seconds, text);
});

test('what is no duration is none, whatever it resembles', () => {
  for (const text of [
    ...[
      '',
      ' ',
      '-1',
      '0',
      '0 min',
      'soon',
      '1.5h',
      '1e3',
      '٣ min',
      '10 lightyears',
      '10 min ago',
      'min',
      '10m 1h',
      '5m5m',
      ...['00:00:00', '5:00', '-00:05:00', '00:05:00.5'],
      '1 mon',
      '1 month 5 min',
      '300.5 s',
      'P',
      'PT',
      'P1M',
      'P1Y',
      'PT1.5S',
      'P-1D',
    ],
    ...['9999999999', '1h\0', '10 constructor', `1${'h'.repeat(50)}`, 'NaN', 'Infinity', '+5', '0x10'],
  ])
    assert.equal(parseDuration(text), null, text);
});

test('a long text of digits is refused in no time', () => {
  const begun = performance.now();
  parseDuration('1 a'.repeat(100_000));
  checkReason('é '.repeat(1_000_000));
  assert.ok(performance.now() - begun < 1_000);
});

test('a reason is trimmed, kept in any language, and bounded', () => {
  for (const reason of [
    'fix order 4211',
    '注文を直す',
    'تصحيح الطلب',
    'می‌خواهم',
    'deploy 🚀 👩‍🔧',
    '<b>"quoted"</b>',
    'x'.repeat(500),
    `${'😀'.repeat(499)}a`,
  ])
    assert.deepEqual(checkReason(`  ${reason}\n`), { ok: true, reason });
});

test('a reason that says nothing, is too long, or could deceive is refused', () => {
  for (const reason of [
    ...['', '   ', '\u200b', '...', '\u3164', '-', 'x'.repeat(501), 'x'.repeat(10_240)],
    ...['two\nlines', 'mail\r\nBcc: all@example.com', 'nul\0', 'esc\u001b[31m', 'del\u007f', 'c1\u0085', 'ls\u2028x'],
    ...[
      'bidi\u202eexe',
      'iso\u2066late',
      'mark\u200fx',
      'alm\u061cx',
      'zero\u200bwidth',
      'bom\ufeffx',
      'tag\u{e0041}',
      'own\ue000',
    ],
    ...['half\ud800', '\udc00x'],
  ]) {
    const checked = checkReason(reason);
    assert.equal(checked.ok, false, JSON.stringify(reason).slice(0, 40));
    assert.ok(!checked.ok && checked.message.length < 200);
  }
});

test('a refused reason is recorded bounded and with nothing hidden in it', () => {
  assert.equal(presentable('a\u202eb\r\nc\ud800'), 'a\ufffdb\ufffd\ufffdc\ufffd');
  assert.equal(presentable('y'.repeat(10_240)).length, 500);
});
