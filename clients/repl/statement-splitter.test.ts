import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Open, type Piece, StatementSplitter } from './statement-splitter.ts';

const textsOf = (pieces: Iterable<Piece>): string[] => [...pieces].map(({ text }) => text);
const split = (input: string): { statements: string[]; open: Open; rest: string | null } => {
  const splitter = new StatementSplitter();
  const statements = input.split('\n').flatMap((line) => textsOf(splitter.push(line)));
  const { open } = splitter;
  return { statements, open, rest: splitter.end() };
};

const complete: [string, string, string[]][] = [
  ['two on a line', 'SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2']],
  ['one on two lines', 'SELECT 1,\n  2;', ['SELECT 1,\n  2']],
  ['a semicolon in a text', "SELECT ';', 'it''s;';", ["SELECT ';', 'it''s;'"]],
  ['a backslash in a plain text ends nothing', "SELECT '\\'; SELECT 2;", ["SELECT '\\'", 'SELECT 2']],
  ['a backslash in an escape text', "SELECT E'\\';', e'a\\\\';", ["SELECT E'\\';', e'a\\\\'"]],
  ['a name that ends in e is no escape text', "SELECT name'\\'; SELECT 2;", ["SELECT name'\\'", 'SELECT 2']],
  ['a semicolon in a name', 'SELECT ";" AS "a"";";', ['SELECT ";" AS "a"";"']],
  ['dollar quotes', 'SELECT $$;$$, $a$ ; $b$ ; $$ ;$a$;', ['SELECT $$;$$, $a$ ; $b$ ; $$ ;$a$']],
  ['a dollar inside a name', 'SELECT a$b$c; SELECT 2;', ['SELECT a$b$c', 'SELECT 2']],
  ['a parameter', 'SELECT $1; SELECT $2;', ['SELECT $1', 'SELECT $2']],
  ['a line comment', 'SELECT 1 -- ; not yet\n;', ['SELECT 1 -- ; not yet']],
  ['nested comments', 'SELECT /* ; /* ; */ ; */ 1;', ['SELECT /* ; /* ; */ ; */ 1']],
  ['a quote in a comment', "SELECT 1 /* don't */; SELECT 2;", ["SELECT 1 /* don't */", 'SELECT 2']],
  [
    'parentheses',
    'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);',
    ['CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)'],
  ],
  [
    'a routine’s body',
    'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3;',
    [
      'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END',
      'SELECT 3',
    ],
  ],
  ['a transaction is no body', 'BEGIN; SELECT 1; END;', ['BEGIN', 'SELECT 1', 'END']],
  ['nothing but comments and semicolons', ';; -- a\n/* b */ ;', []],
  ['a comment before a statement stays with it', '-- why\nSELECT 1;', ['-- why\nSELECT 1']],
];
for (const [what, input, statements] of complete) {
  test(`statements are told apart: ${what}`, () => {
    assert.deepEqual(split(input), { statements, open: 'nothing', rest: null });
  });
}

const open: [Open, string][] = [
  ['statement', 'SELECT 1'],
  ['quote', "SELECT 'a;"],
  ['identifier', 'SELECT "a;'],
  ['dollar', 'SELECT $x$ a; $$;'],
  ['comment', 'SELECT 1 /* a; /* */ ;'],
  ['parenthesis', 'SELECT (1;'],
];
for (const [what, input] of open) {
  test(`it knows that a ${what} stands open`, () => {
    const found = split(input);
    assert.deepEqual(found.statements, []);
    assert.equal(found.open, what);
    assert.equal(found.rest, input);
  });
}

test('after a reset nothing of what was open is left', () => {
  const splitter = new StatementSplitter();
  textsOf(splitter.push("SELECT 'a ("));
  splitter.reset();
  assert.deepEqual(textsOf(splitter.push('SELECT 1;')), ['SELECT 1']);
});

test('a backslash outside of quotes and comments begins a command, and what was begun before it stays', () => {
  const pieces = (...lines: string[]) => {
    const splitter = new StatementSplitter();
    const found = lines.flatMap((line) => [...splitter.push(line)]);
    return { found, begun: splitter.begun };
  };
  assert.deepEqual(pieces('SELECT 1; SELECT 2 \\gx out.txt; more'), {
    found: [
      { kind: 'statement', text: 'SELECT 1', line: 1 },
      { kind: 'command', text: '\\gx out.txt; more', line: 1 },
    ],
    begun: 'SELECT 2',
  });
  assert.deepEqual(pieces('SELECT (1', '  \\x', '+ 2);').found, [
    { kind: 'command', text: '\\x', line: 2 },
    { kind: 'statement', text: 'SELECT (1\n  \n+ 2)', line: 1 },
  ]);
  for (const text of [
    "SELECT '\\gx';",
    'SELECT "\\gx";',
    'SELECT $$\\gx$$;',
    'SELECT 1 -- \\gx',
    'SELECT /* \\gx */ 1;',
  ])
    assert.ok(pieces(text).found.every(({ kind }) => kind === 'statement'));
});

test('each statement knows the line that it begins on', () => {
  const splitter = new StatementSplitter();
  const lines = ['', '-- why', 'SELECT 1', '  , 2; SELECT 3;', '', 'SELECT 4;'];
  const found = lines.flatMap((line) => [...splitter.push(line)]);
  assert.deepEqual(
    found.map(({ line }) => line),
    [2, 4, 6],
  );
});

test('a statement of four times as many lines takes no more than about four times as long', () => {
  const split = (lines: number): number => {
    const splitter = new StatementSplitter();
    const before = process.cpuUsage();
    let found = [...splitter.push('INSERT INTO t VALUES')].length;
    for (let i = 0; i < lines; i++)
      found += [...splitter.push(`(${i}, 'a text of some length, as rows have'),`)].length;
    found += [...splitter.push('(0, NULL);')].length;
    assert.equal(found, 1);
    return process.cpuUsage(before).user;
  };
  split(500);
  assert.ok(split(20_000) < 10 * split(5_000));
});
