// What whoever may upload could try by the text of a data file: each is refused at its place, in words, and nothing is read as
// something else than it says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDataFile } from './data-file.ts';
import { MAX_DEPTH } from './json-text.ts';

const said = (file: string, text: string): string => {
  const read = readDataFile(file, text);
  if (!('problem' in read)) return 'accepted';
  const { row, col, message } = read.problem;
  return `${row}:${col}: ${message}`;
};

const HOSTILE: Record<string, [file: string, text: string, expected: RegExp]> = {
  'a key twice': ['data.json', '{"a": 1,\n "a": 2}', /^2:2: the key "a" is there twice$/],
  'a key twice, deep': ['data.json', '{"a": [{"b": {"c": 1, "d": 2, "c": 3}}]}', /^1:31: the key "c" is there twice$/],
  'a key twice, once in escapes': ['data.json', '{"ab": 1, "\\u0061b": 2}', /^1:11: the key "ab" is there twice$/],
  'a key twice in YAML': ['data.yaml', 'a: 1\nb: 2\na: 3\n', /^3:1: Map keys must be unique$/],
  'a key as a number and as text': ['data.yaml', '1: a\n"1": b\n', /^2:1: the key "1" is there twice$/],
  'a key in two bases': [
    'data.yaml',
    '0x10: a\n16: b\n',
    /^2:1: (the key "16" is there twice|Map keys must be unique)$/,
  ],
  'a key that is a list': ['data.yaml', '? [a, b]\n: c\n', /^1:1: a key is a text$/],
  'a key that is nothing': ['data.yaml', '~: c\n', /a key is a text$/],
  'a key merged in': ['data.yaml', 'a: &x {b: 1}\nc: {<<: *x}\n', /^2:9: aliases/],
  __proto__: ['data.json', '{"a": {"__proto__": 1}}', /^1:8: the key "__proto__" cannot be used/],
  '__proto__ in YAML': ['data.yaml', 'a:\n  __proto__: 1\n', /^2:3: the key "__proto__" cannot be used/],
  'more than there are numbers': ['data.json', '{"a": 1e999}', /^1:7: not a number that can be kept/],
  'more than there are numbers, in YAML': ['data.yaml', 'a: 1e999\n', /^1:4: not a number that can be kept/],
  'infinity in YAML': ['data.yaml', 'a: [.inf]\n', /^1:5: not a number/],
  'NaN in YAML': ['data.yaml', 'a: .nan\n', /^1:4: not a number/],
  'NaN in JSON': ['data.json', '{"a": NaN}', /^1:7: /],
  'a number that is rounded': ['data.json', '{"a": 9007199254740993}', /^1:7: a whole number beyond 2\^53/],
  'a number that is rounded, in YAML': ['data.yaml', 'a: 0x20000000000001\n', /^1:4: a whole number beyond/],
  'a huge number': ['data.json', `{"a": 1${'0'.repeat(300)}}`, /^1:7: a whole number beyond/],
  'a million digits': ['data.yaml', `a: ${'9'.repeat(200_000)}\n`, /^1:4: not a number/],
  'a deep list': ['data.json', `{"a": ${'['.repeat(1_000)}${']'.repeat(1_000)}}`, /^1:70: nested more than 64 deep$/],
  'a list that never ends': ['data.json', `{"a": ${'['.repeat(500_000)}`, /./],
  'a deep object': ['data.json', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, /nested more than 64 deep$/],
  'a deep list in YAML': ['data.yaml', `a: ${'['.repeat(500)}${']'.repeat(500)}\n`, /nested more than 64 deep$/],
  'a very deep list in YAML': [
    'data.yaml',
    `a: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`,
    /nested more than 64 deep$/,
  ],
  'deep lines of YAML': [
    'data.yaml',
    Array.from({ length: 400 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
    /nested more than 64 deep$/,
  ],
  'an anchor that is itself': ['data.yaml', 'a: &a [*a]\n', /^1:8: aliases/],
  'a bomb': [
    'data.yaml',
    `a: &a [1]\n${Array.from({ length: 30 }, (_, n) => `b${n}: &b${n} [*${n ? `b${n - 1}` : 'a'}, *a]`).join('\n')}\n`,
    /^2:10: aliases/,
  ],
  'two documents': ['data.yaml', 'a: 1\n---\na: 2\n', /^\d+:\d+: /],
  'a tag': ['data.yaml', 'a: !!binary aGk=\n', /^1:4: Unresolved tag/],
  'a mark of byte order in JSON': ['data.json', '\ufeff{"a": 1}', /^1:1: /],
  'NUL in JSON': ['data.json', '{"a": "\u0000"}', /^1:8: /],
  'a long key': ['data.json', `{"${'a'.repeat(1_001)}": 1}`, /^1:2: a key has at most 1,000 characters$/],
  'what is no JSON': ['data.json', "{'a': 1}", /^1:2: /],
  'a comma too many': ['data.json', '{"a": 1,}', /^1:9: /],
  'JSON that ends too early': ['data.json', '{"a": {', /^1:8: /],
};

for (const [what, [file, text, expected]] of Object.entries(HOSTILE)) {
  test(`${what} is refused at its place`, () => assert.match(said(file, text), expected));
}

test('what looks like it, and is none of it, is read as it stands', () => {
  const read = (file: string, text: string) => {
    const found = readDataFile(file, text);
    return 'problem' in found ? found.problem.message : found.value;
  };
  const value = {
    a: { b: 'a: 1, "a": 2, {[{[', c: [{ d: 1 }, { d: 2 }], e: -1.5e-7, f: 9007199254740991 },
    g: '\u2028"\\',
  };
  assert.deepEqual(read('data.json', JSON.stringify(value)), value);
  assert.deepEqual(read('data.yaml', JSON.stringify(value)), value);
  assert.deepEqual(read('data.json', '{"a": "1e999", "b": ["a", "a"], "c": {"a": 1}}'), {
    a: '1e999',
    b: ['a', 'a'],
    c: { a: 1 },
  });
  let deep: unknown = 1;
  for (let n = 0; n < MAX_DEPTH - 1; n++) deep = [deep];
  assert.deepEqual(read('data.json', JSON.stringify({ deep })), { deep });
  assert.deepEqual(read('data.yaml', JSON.stringify({ deep })), { deep });
});

test('what is long is read in time that grows with its length', () => {
  const long = {
    a: 'x'.repeat(1_900_000),
    b: '\\'.repeat(400_000),
    c: '"'.repeat(400_000),
    d: '\u0000'.repeat(100_000),
  };
  const read = readDataFile('data.json', JSON.stringify(long));
  assert.ok(!('problem' in read));
  assert.deepEqual(read.value, long);
  assert.match(
    said('data.json', `{"a": "${'\\\\'.repeat(500_000)}", "a": 1}`),
    /^1:1000011: the key "a" is there twice$/,
  );
  assert.match(said('data.json', `{"a": "${'x'.repeat(1_000_000)}`), /^1:\d+: /);
});

test('any two objects that JSON.stringify made are read back, and a key put in twice is found wherever it is', () => {
  let seed = 7;
  const next = (n: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % n;
  };
  const names = ['a', 'b"', 'c\\', '\u00e9', '}', ':', '', '1', '\u0000'];
  const make = (depth: number): unknown => {
    const kind = next(depth > 5 ? 3 : 5);
    if (kind === 0) return next(1_000) / 8;
    if (kind === 1) return names[next(names.length)];
    if (kind === 2) return [true, false, null][next(3)];
    if (kind === 3) return Array.from({ length: next(4) }, () => make(depth + 1));
    return Object.fromEntries(Array.from({ length: next(4) }, () => [names[next(names.length)], make(depth + 1)]));
  };
  let doubled = 0;
  for (let round = 0; round < 500; round++) {
    const value = { top: make(0) };
    const text = JSON.stringify(value, null, next(3));
    const read = readDataFile('data.json', text);
    assert.ok(!('problem' in read), text);
    assert.deepEqual(read.value, value);
    // After an object's first key and value that is a number: the same key again.
    const twice = text.replace(/("(?:[^"\\]|\\.)*")(\s*:\s*)(\d+(?:\.\d+)?)/, '$1$2$3, $1$2$3');
    if (twice === text) continue;
    doubled++;
    assert.match(said('data.json', twice), /is there twice$/);
  }
  assert.ok(doubled > 50, `${doubled}`);
});
