import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bodyNames } from './body-names.ts';
import { cutName, fold, trimBlanks } from './sql-characters.ts';

test('promise 3: names are folded, cut and trimmed as PostgreSQL does it, not as JavaScript does', () => {
  assert.equal(fold('ÄbCK\u212a\u0130'), 'ÄbcK\u212a\u0130'.replace('K', 'k'));
  assert.equal(trimBlanks(' \t\n\r\f\va\u00a0 '), 'a\u00a0');
  assert.equal(trimBlanks('\ufeff'), '\ufeff');
  assert.equal(cutName('ä'.repeat(40)), 'ä'.repeat(31));
  assert.equal(cutName('x'.repeat(70)), 'x'.repeat(63));
});

test('promise 3: a name in a body is seen however it is written, and whatever stands around it', () => {
  const sees = (body: string, name: string) => assert.ok(bodyNames(body).called.includes(name), `${name} in ${body}`);
  sees('SELECT g€(1)', 'g€');
  sees('SELECT €(1)', '€');
  sees('SELECT GÄ(1)', 'gÄ');
  sees('SELECT "gÄ"(1)', 'gÄ');
  sees('SELECT g\u00a0(1)', 'g\u00a0');
  sees(`SELECT g${' '.repeat(5_000)}(1)`, 'g');
  sees(`SELECT x.${' '.repeat(5_000)}g FROM x`, 'g');
  sees('SELECT x. -- a word\n g FROM x', 'g');
  sees('SELECT x./* /* */ a word */ g FROM x', 'g');
  sees('SELECT g/* */(1)', 'g');
  sees(`-- 5" of it\nSELECT g(1)`, 'g');
  sees(`SELECT '"', g(1), '"'`, 'g');
  sees(`SELECT '"', "G"(1)`, 'G');
  sees('SELECT U&"\\0067\\+000068"(1)', 'gh');
  sees(`SELECT u&"!0067" UESCAPE '!' (1)`, 'g');
  sees('SELECT "a""b"(1)', 'a"b');
  sees(`SELECT ${'n'.repeat(80)}(1)`, 'n'.repeat(63));
  sees(`SELECT "${'N'.repeat(900)}"(1)`, 'N'.repeat(63));
  assert.ok(!bodyNames('SELECT status FROM t WHERE a = 1').called.includes('status'));
});

/** Where a wide pattern meets no SQL, or is held to PostgreSQL's scanner by tests of its own. */
const ALLOWED: Readonly<Record<string, string>> = {
  'statements/normalize.ts': 'for people and the record, never for a decision',
  'statements/structure.ts': 'our own list',
  'statements/statement-kinds.ts': 'our own list',
  'statements/classify.ts': 'our own lists',
  'statements/parser/compact.ts': 'our own list',
  'statements/meaning/secrets.ts': 'our own lists',
  'statements/meaning/output-names.ts': 'names of the parser’s own enumerations',
  'statements/meaning/expressions.ts': 'names of the parser’s own enumerations',
  'statements/read-rows.ts': 'object ids that the server printed',
  'statements/catalogue-queries.ts': 'a pattern that the server applies to its own trees',
  'statements/foldable.ts': 'a tree that the server printed',
  'statements/transactions.ts': 'one of four texts of our own',
  'statements/vetting/vetted.ts': 'what is hidden from people, in YAML',
  'statements/vetting/rules.ts': 'signatures of our own lists',
  'statements/vetting/generate.ts': 'makes our own lists',
  'statements/sql-characters.ts': 'where the difference is told',
  'gateway/session/names/application-name.ts': 'what people see of application_name, behind a prefix of our own',
  'gateway/session/target/relay.ts': 'behind a prefix of our own',
  'gateway/session/statement/runs.ts': 'the account of savepoints',
};
const WIDE = /\\s|\\p\{|\.trim(?:Start|End)?\(|to(?:Lower|Upper)Case\(|localeCompare|\/[gmsvy]*(?:iu|ui)[gmsvy]*[,;).]/;

test('no text of a client’s is read by JavaScript’s own ideas of blanks, letters and case', async () => {
  const services = join(import.meta.dirname, '..');
  const wide: string[] = [];
  for await (const file of glob('{statements,gateway/session}/**/*.ts', { cwd: services })) {
    if (file.endsWith('.test.ts') || file in ALLOWED) continue;
    const lines = (await readFile(join(services, file), 'utf8')).split('\n');
    for (const [n, line] of lines.entries())
      if (WIDE.test(line) && !/^\s*(\/\/|\*|\/\*\*)/.test(line)) wide.push(`${file}:${n + 1} ${line.trim()}`);
  }
  assert.deepEqual(wide, []);
});
