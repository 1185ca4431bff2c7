// Every pattern in the services is tried with texts that make backtracking grow with the square. One that does grow so is
// replaced, or stands in BOUNDED with what bounds its text.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertLinear } from '../helpers/linear.ts';

const SERVICES = fileURLToPath(new URL('../../services', import.meta.url));

/** By file: patterns that grow with the square of a text which is short, or no client's. */
const BOUNDED: Record<string, Record<string, string>> = {
  'gateway/cli/policy-replay.ts': { '\\s*(→|->)\\s*': 'an argument of the operator’s own command' },
};

const LITERAL = /(?:[=(:,!&|?[]|=>|return)\s*(\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/)([dgimsuvy]*)/g;

interface Pattern {
  file: string;
  source: string;
  flags: string;
}

async function patterns(): Promise<Pattern[]> {
  const files = (await readdir(SERVICES, { recursive: true })).filter((name) => /(?<!\.test|\.d)\.ts$/.test(name));
  const found: Pattern[] = [];
  for (const file of files.toSorted()) {
    const text = await readFile(join(SERVICES, file), 'utf8');
    for (const line of text.split('\n')) {
      if (/^\s*(?:\/\/|\*|\/\*)/.test(line)) continue;
      for (const [, literal = '', flags = ''] of line.matchAll(LITERAL))
        found.push({ file: relative('.', file), source: literal.slice(1, -1), flags });
    }
  }
  return found;
}

/** What is repeated, what stands before it, and what behind: the last keeps most patterns from matching what came first. */
const PUMPS = [
  ' ',
  '\t ',
  '\n',
  'a',
  'A1',
  '1',
  '_',
  '"',
  '""',
  '"a',
  "'",
  "''",
  '\\',
  '\\a',
  '%',
  '$',
  '$a',
  '-',
  '--',
  '/*',
  '*/',
  ',',
  'a,',
  ', ',
  '.',
  'a.',
  '(',
  '[',
  '{',
  '<',
  '@',
  '=',
  '+',
  ':',
  ';',
  '/',
  '|',
  'é',
  '\ufffd',
  '\u3164',
  '\u200b',
  '\ud83d\ude42',
];
const EDGES = ['', 'a', '"', "'", '$', '@', '<', '{', ' ', '1', '-c ', 'Bearer ', 'view'];
const LARGEST = 8_192;
/** A pattern that goes through the text once takes some hundredths of this. */
const SUSPICIOUS_MS = 3;

const HOSTILE = PUMPS.flatMap((pump) =>
  EDGES.flatMap((prefix) =>
    ['', '!'].map((suffix) => {
      const make = (size: number) => prefix + pump.repeat(Math.floor(size / pump.length)) + suffix;
      return { name: JSON.stringify([prefix, pump, suffix]), make, text: make(LARGEST) };
    }),
  ),
);

function grows(pattern: Pattern, make: (size: number) => string, act: (text: string) => void): boolean {
  try {
    assertLinear(pattern.source, LARGEST, make, act);
    return false;
  } catch {
    return true;
  }
}

const through = ({ source, flags }: Pattern) => {
  const pattern = new RegExp(source, flags);
  return (text: string) => {
    pattern.lastIndex = 0;
    if (pattern.sticky) {
      while (pattern.exec(text) !== null && pattern.lastIndex > 0 && pattern.lastIndex < text.length);
    } else if (pattern.global) text.replace(pattern, '');
    else pattern.exec(text);
  };
};

test('promise 3: no pattern in the services grows with the square of a text', async () => {
  const all = await patterns();
  assert.ok(all.length > 100, `${all.length} were found`);
  const square: string[] = [];
  for (const pattern of all) {
    const act = through(pattern);
    const hit = HOSTILE.find(({ text, make }) => {
      const from = performance.now();
      act(text);
      return performance.now() - from > SUSPICIOUS_MS && grows(pattern, make, act);
    });
    if (hit && BOUNDED[pattern.file]?.[pattern.source] === undefined)
      square.push(`${pattern.file}: /${pattern.source}/${pattern.flags} with ${hit.name}`);
  }
  assert.deepEqual(square, []);
});

test('what stands in the list of patterns over short texts is still there', async () => {
  const all = await patterns();
  for (const [file, sources] of Object.entries(BOUNDED))
    for (const source of Object.keys(sources))
      assert.ok(
        all.some((each) => each.file === file && each.source === source),
        `${file}: ${source}`,
      );
});
