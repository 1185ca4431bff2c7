import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Variables } from './variables.ts';

const variables = (data: Record<string, string>, own: Record<string, string> = {}): Variables => {
  const made = new Variables();
  for (const [name, value] of Object.entries(own)) made.set(name, value);
  for (const [name, value] of Object.entries(data)) made.setFromResult(name, value);
  return made;
};

test('a variable is put where it is named, as it is, as a text or as a name; not in texts, names, comments and casts', () => {
  const own = variables({}, { t: 'orders', v: "it's \\ so", n: 'a"b' });
  assert.equal(
    own.into('SELECT :\'v\', :"n" FROM :t WHERE x = \':t\' AND ":t" = 1::t -- :t'),
    `SELECT  E'it''s \\\\ so', "a""b" FROM orders WHERE x = ':t' AND ":t" = 1::t -- :t`,
  );
  assert.equal(own.into("SELECT :none, a[1:2], $$:t$$, :'none'"), "SELECT :none, a[1:2], $$:t$$, :'none'");
});

const attacks = [
  '1; DROP TABLE t',
  "'",
  '1 OR true',
  'id',
  'true',
  '--',
  '/*',
  '$$',
  '1e3',
  '١',
  ' 1',
  '1\n',
  '',
  'NULL',
  "1'",
  '0x1',
  '1_000',
];
for (const attack of attacks) {
  test(`what a result holds becomes no SQL: ${JSON.stringify(attack)}`, () => {
    const held = variables({ v: attack });
    assert.throws(() => held.into('DELETE FROM t WHERE id = :v'), /came from a result/);
    const quoted = held.into('SELECT :\'v\', :"v"');
    assert.equal(quoted, `SELECT '${attack.replaceAll("'", "''")}', "${attack}"`);
  });
}

test('a number of a result may stand as it is, and a negative one cannot begin a comment', () => {
  assert.equal(variables({ v: '-5' }).into('SELECT 3 -:v'), 'SELECT 3 -(-5)');
  assert.equal(variables({ v: '4.50' }).into('SELECT :v'), 'SELECT 4.50');
});

test('what was data stays data when it is a person’s own name, and is the person’s again when they set it', () => {
  const both = variables({ v: 'x' }, { v: 'mine' });
  assert.throws(() => both.into(':v'), /came from a result/);
  both.set('v', 'mine');
  assert.equal(both.into(':v'), 'mine');
  both.setFromResult('v', null);
  assert.equal(both.get('v'), null);
});

test('a result sets nothing that the prompt is made of, and nothing with an odd name', () => {
  assert.throws(() => variables({ PROMPT1: 'x' }), /cannot set PROMPT1/);
  assert.throws(() => variables({ "a'; b": 'x' }), /not a name/);
});
