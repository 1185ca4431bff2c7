import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PromptInput, promptText as textOf, timeLeft } from './prompt.ts';
import { readState } from './state.ts';
import { makeStyle } from './style.ts';

const plain = makeStyle(false);
const now = Date.parse('2026-11-24T10:00:00Z');
const state = (parameters: Record<string, string>, clockOffset = 0) =>
  readState(
    new Map(Object.entries({ 'sudoql.target': 'shop', 'sudoql.environment': 'production', ...parameters })),
    clockOffset,
  );
const read = state({ 'sudoql.mode': 'read', 'sudoql.write_until': '' });
const write = state({ 'sudoql.mode': 'write', 'sudoql.write_until': '2026-11-24T10:14:30.000Z' });

const input = (more: Partial<PromptInput>): PromptInput => ({
  state: read,
  transaction: 'I',
  open: 'nothing',
  now,
  style: plain,
  user: 'ana',
  host: 'sudoql.example.com',
  own: { first: null, next: null },
  variable: () => null,
  ...more,
});
const promptText = (
  of: PromptInput['state'],
  transaction: string,
  open: PromptInput['open'],
  at: number,
  style: PromptInput['style'],
) => textOf(input({ state: of, transaction, open, now: at, style }));

test('the prompt shows target, environment and mode', () => {
  assert.equal(promptText(read, 'I', 'nothing', now, plain), 'shop (production) read> ');
  assert.equal(promptText(state({ 'sudoql.environment': '' }), 'I', 'nothing', now, plain), 'shop read> ');
});

test('in write mode the prompt is red and shows the time left', () => {
  assert.equal(promptText(write, 'I', 'nothing', now, plain), 'shop (production) write 15m> ');
  assert.ok(promptText(write, 'I', 'nothing', now, makeStyle(true)).includes('\u001b[31m'));
  assert.ok(!promptText(read, 'I', 'nothing', now, makeStyle(true)).includes('\u001b[31m'));
});

test('an open transaction and a failed one are marked', () => {
  assert.equal(promptText(read, 'T', 'nothing', now, plain), 'shop (production) read*> ');
  assert.equal(promptText(write, 'E', 'nothing', now, plain), 'shop (production) write 15m!> ');
});

test('the prompt of a statement that goes on ends below the first one’s end', () => {
  for (const each of [read, write]) {
    const first = promptText(each, 'T', 'nothing', now, plain);
    const next = promptText(each, 'T', 'quote', now, plain);
    assert.equal(next.length, first.length);
    assert.equal(next.trim(), "'>");
  }
});

test('the time left is counted on our clock, whatever the gateway’s says', () => {
  const ahead = state({ 'sudoql.mode': 'write', 'sudoql.write_until': '2026-11-24T11:10:00.000Z' }, 3_600_000);
  assert.equal(timeLeft(ahead, now), '10m');
});

test('the time left is in hours, minutes, and in the last minute seconds', () => {
  const left = (seconds: number) => timeLeft({ ...write, writeUntil: now + seconds * 1_000 }, now);
  assert.deepEqual([7_260, 3_600, 61, 60, 41, 0, -5].map(left), ['2h01m', '60m', '2m', '60s', '50s', '0s', '0s']);
});

test('a target’s name cannot paint the terminal', () => {
  assert.ok(!promptText(state({ 'sudoql.target': 'a\u001b[2J' }), 'I', 'nothing', now, plain).includes('\u001b'));
});

test('a prompt of one’s own: target, mode, who, where, the transaction, colours, variables', () => {
  const own = (first: string, more: Partial<PromptInput> = {}) =>
    textOf(input({ own: { first, next: null }, ...more }));
  assert.equal(
    own('%n@%m %~ %/ %E %S%x%R %% %:v:> ', { transaction: 'T', variable: () => 'x' }),
    'ana@sudoql.example.com shop (production) shop production read*= % x> ',
  );
  assert.equal(own('%[\\e[32m%]%/%[\\e[0m%]> '), '\u001b[32mshop\u001b[0m> ');
  assert.equal(own('%/> ', { state: write }), 'write 15m shop> ');
  assert.equal(own('%S %/> ', { state: write }), 'write 15m shop> ');
  assert.equal(textOf(input({ own: { first: null, next: '%R ' }, open: 'quote' })), "' ");
});

test('what a result or a server put into a prompt’s parts cannot paint the terminal', () => {
  const shown = textOf(
    input({
      own: { first: '%:v:%/%n> ', next: null },
      variable: () => '\u001b[2J',
      user: '\u009b1m',
      state: state({ 'sudoql.target': 'a\u001b]0;x' }),
    }),
  );
  assert.ok(!shown.includes('\u001b') && !shown.includes('\u009b'));
});
