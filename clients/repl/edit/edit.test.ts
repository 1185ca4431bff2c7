import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeStyle } from '../style.ts';
import { Editor } from './editor.ts';
import { makeHighlight } from './highlight.ts';
import { Painter } from './painter.ts';
import { viewOf, unpainted } from './view.ts';

/** Presses keys: `C-a`, `M-b`, `<up>`, or text as it is. */
function pressed(keys: string[], history: string[] = []): Editor {
  const editor = new Editor(history);
  for (const key of keys) {
    const [, modifier, letter] = /^([CM])-(.+)$/.exec(key) ?? [];
    const named = /^<(\w+)>$/.exec(key)?.[1];
    if (modifier === 'C') editor.press(undefined, { name: letter, ctrl: true });
    else if (modifier === 'M') editor.press(undefined, { name: letter, meta: true });
    else if (named) editor.press(undefined, { name: named });
    else for (const character of key) editor.press(character, { name: character, sequence: character });
  }
  return editor;
}
const shown = ({ buffer }: Editor): string =>
  `${buffer.text.slice(0, buffer.cursor)}|${buffer.text.slice(buffer.cursor)}`;

const edits: [string[], string][] = [
  [['SELECT 1', 'C-a', 'x'], 'x|SELECT 1'],
  [['a b', 'M-b', 'C-k'], 'a |'],
  [['one two-three', 'C-w'], 'one |'],
  [['one two-three', 'M-backspace', 'M-backspace'], 'one |'],
  [['one two', 'C-a', 'M-f', 'M-d', 'C-y', 'C-y'], 'one two two|'],
  [['ab', 'C-t'], 'ba|'],
  [['héllo 👨‍👩‍👧!', '<left>', '<backspace>'], 'héllo |!'],
  [['e\u0301x', '<left>', '<left>', '<delete>'], '|x'],
  [['first', 'M-return', 'second', '<up>', 'C-a', 'x'], 'x|first\nsecond'],
  [['first', 'M-return', 'x', '<up>', '<down>', 'C-e', '!'], 'first\nx!|'],
  [['abc', 'C-u', 'd', 'C-_', 'C-_'], 'abc|'],
  [['abc', 'C-a', 'C-d', 'C-f', 'C-h'], '|c'],
  [['x\u0000'], 'x|'],
];
for (const [keys, right] of edits) {
  test(`keys edit as in shells: ${JSON.stringify(keys.join(' '))}`, () => assert.equal(shown(pressed(keys)), right));
}

test('the history is walked with the arrows, and what was being typed comes back', () => {
  const history = ['newest', 'two\nlines', 'oldest'];
  assert.equal(shown(pressed(['draft', '<up>', '<up>'], history)), 'two\nlines|');
  assert.equal(shown(pressed(['draft', '<up>', '<up>', '<up>', '<up>', '<up>'], history)), 'oldest|');
  assert.equal(shown(pressed(['draft', '<up>', '<down>', '<down>'], history)), 'draft|');
  const editor = new Editor(history);
  editor.press(undefined, { name: 'up' }, false);
  assert.equal(editor.buffer.text, '');
});

test('Ctrl-R finds older and newer entries by any part of them, and Ctrl-G keeps the line', () => {
  const history = ['SELECT 2 FROM b', 'UPDATE a', 'SELECT 1 FROM a', 'UPDATE a'];
  assert.equal(pressed(['C-r', 'from'], history).search?.found, 'SELECT 2 FROM b');
  assert.equal(pressed(['C-r', 'from', 'C-r'], history).search?.found, 'SELECT 1 FROM a');
  assert.equal(pressed(['C-r', 'from', 'C-r', 'C-r'], history).search?.found, 'SELECT 1 FROM a');
  assert.equal(pressed(['C-r', 'from', 'C-r', 'C-s'], history).search?.found, 'SELECT 2 FROM b');
  assert.equal(pressed(['C-r', 'upd', 'C-r'], history).search?.found, 'UPDATE a');
  assert.equal(pressed(['C-r', 'froz'], history).search?.found, null);
  assert.equal(shown(pressed(['mine', 'C-r', 'upd', 'C-g'], history)), 'mine|');
  assert.equal(shown(pressed(['C-r', 'upd', '<escape>', '!'], history)), 'UPDATE a!|');
  assert.equal(shown(pressed(['C-r', 'upd', 'C-a', 'x'], history)), 'x|UPDATE a');
});

const view = (text: string, columns: number, indent: number, cursor: number) => {
  const { rows, cursor: place } = viewOf([{ text, paint: unpainted }], { columns, indent, continued: '> ', cursor });
  return [rows.map((cells) => cells.map((cell) => cell.text).join('')), [place.row, place.column]];
};

test('a text is broken into rows where the screen ends, by what characters take', () => {
  assert.deepEqual(view('abcdef', 5, 2, 6), [
    ['abc', 'def'],
    [1, 3],
  ]);
  assert.deepEqual(view('abc', 5, 2, 3), [
    ['abc', ''],
    [1, 0],
  ]);
  assert.deepEqual(view('日本語', 5, 2, 2), [
    ['日', '本語'],
    [1, 2],
  ]);
  assert.deepEqual(view('a\nb', 10, 2, 3), [
    ['a', '> b'],
    [1, 3],
  ]);
  assert.deepEqual(view('\u001b\u009b\u202e', 30, 0, 3), [['\\x1b\\x9b\\u202e'], [0, 14]]);
});

/** As much of a terminal as the painter uses. */
class Glass {
  isTTY = true;
  rows: number;
  columns: number;
  lines: string[][] = [[]];
  row = 0;
  column = 0;
  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }
  write(text: string): boolean {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads them.
    for (const [all, count, code] of text.matchAll(/\u001b\[(\d*)([ABCDJm])|./gsu)) {
      const n = Number(count || 1);
      if (code === 'A') this.row -= n;
      else if (code === 'B') this.row += n;
      else if (code === 'C') this.column += n;
      else if (code === 'D') this.column -= n;
      else if (code === 'J') {
        this.lines.length = this.row + 1;
        this.line.length = this.column;
      } else if (code === 'm') continue;
      else if (all === '\r') this.column = 0;
      else if (all === '\n') {
        this.row++;
        this.lines[this.row] ??= [];
      } else {
        assert.ok(this.column < this.columns, 'nothing is written beyond the last column');
        this.line[this.column++] = all;
      }
      assert.ok(this.row >= 0 && this.column >= 0 && this.row < this.lines.length);
    }
    return true;
  }
  get line(): string[] {
    return this.lines[this.row] ?? [];
  }
  get text(): string {
    const shown = this.lines.map((line) =>
      Array.from(line, (each) => each ?? ' ')
        .join('')
        .trimEnd(),
    );
    return `${shown.join('\n').trimEnd()} @${this.row},${this.column}`;
  }
}

test('what is drawn step by step is what would be drawn at once', () => {
  const highlight = makeHighlight(makeStyle(true));
  const keys = [
    'SELECT ',
    "'te",
    'xt',
    'C-a',
    'x',
    'C-k',
    'C-y',
    'M-return',
    'from a',
    '<up>',
    '<left>',
    '-',
    '<down>',
    'C-u',
    'C-e',
    'M-b',
    'M-d',
    '-- long enough to wrap twice',
    'C-w',
    '<backspace>',
    'C-a',
    '<delete>',
  ];
  let seed = 7;
  const next = (most: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * most);
  };
  for (let round = 0; round < 60; round++) {
    const columns = 12 + next(30);
    const glass = new Glass(columns, 40);
    const painter = new Painter(glass as never);
    const pressedKeys: string[] = [];
    for (let i = 0; i < 25; i++) {
      pressedKeys.push(keys[next(keys.length)] ?? '');
      const { buffer } = pressed(pressedKeys);
      const drawn = {
        prompt: next(8) === 0 ? '\u001b[31mwrite\u001b[0m> ' : 'shop> ',
        parts: highlight(buffer.text),
        cursor: buffer.cursor,
        below: next(5) === 0 ? ['one', 'two'] : [],
      };
      painter.draw(drawn);
      const fresh = new Glass(columns, 40);
      new Painter(fresh as never).draw(drawn);
      assert.equal(glass.text, fresh.text, pressedKeys.join(' '));
    }
  }
});

test('colours add nothing and leave nothing out', () => {
  const highlight = makeHighlight(makeStyle(true));
  for (const text of [
    '',
    '\\d x',
    "SELECT 'it''s' || E'\\'' /* a /* b */ c",
    'a::int, :v, :\'w\', "n""n", $1, $$x$$, $t$ open',
    "'open",
    '1.5e3.2 é—日本 -- x\ny',
  ])
    assert.equal(
      highlight(text)
        .map((part) => part.text)
        .join(''),
      text,
    );
});
