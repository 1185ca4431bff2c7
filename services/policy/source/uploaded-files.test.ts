// What whoever may upload could try by the names and sizes of files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentHashOf } from './policy-files.ts';
import { uploadedFiles } from './uploaded-files.ts';

const REGO = 'package a\n';
const codesOf = (named: Record<string, string>): (string | undefined)[] => {
  const result = uploadedFiles(named);
  return result.ok ? [] : result.problems.map(({ code }) => code);
};

test('a path that is none, or reads as another one, is refused at its place', () => {
  const paths = [
    '../x.rego',
    '/x.rego',
    'a/../x.rego',
    'a//x.rego',
    './x.rego',
    'a/./x.rego',
    '.x.rego',
    '.git/x.rego',
    'a\\..\\x.rego',
    'x\u0000.rego',
    'x\n.rego',
    'x\u0085.rego',
    'x\u2028.rego',
    'x\u202e.rego',
    'x\u200b.rego',
    '\ufeffx.rego',
    'x\ud800.rego',
    '\udc00/data.json',
    `${'é'.repeat(600)}/${'é'.repeat(600)}.rego`,
    '',
    '/',
  ];
  for (const path of paths) assert.deepEqual(codesOf({ 'a.rego': REGO, [path]: '{}' }), ['bad_path'], path);
  for (const path of [
    'x.REGO',
    'a/data.json/x.txt',
    'settings/data.yml',
    'schemas/other.json',
    'x.wasm',
    'policy.tar.gz',
  ])
    assert.deepEqual(codesOf({ 'a.rego': REGO, [path]: '{}' }), ['not_read'], path);
  for (const path of [
    'café.rego',
    'cafe\u0301.rego',
    '数据/x.rego',
    'constructor/x.rego',
    '__proto__/x.rego',
    'a b.rego',
    '%2e%2e/x.rego',
  ])
    assert.deepEqual(
      codesOf(
        Object.fromEntries([
          ['a.rego', REGO],
          [path, REGO],
        ]),
      ),
      [],
      path,
    );
});

test('what two policies say differently has two hashes, whatever their paths are', () => {
  const hashes = ['\ud800', '\udfff', '\ufffd'].flatMap((folder) => {
    const result = uploadedFiles({ 'a.rego': REGO, [`${folder}/data.json`]: '{}' });
    return result.ok ? [contentHashOf(result.files)] : [];
  });
  assert.equal(hashes.length, 1, 'only the one that has a UTF-8 of its own');
  const composed = uploadedFiles({ 'a.rego': REGO, 'caf\u00e9/data.json': '{}' });
  const decomposed = uploadedFiles({ 'a.rego': REGO, 'cafe\u0301/data.json': '{}' });
  assert.ok(composed.ok && decomposed.ok);
  assert.notEqual(contentHashOf(composed.files), contentHashOf(decomposed.files));
});

test('too much is refused before anything is made of it: files, bytes, depth', () => {
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`f${n}.rego`, REGO]));
  assert.deepEqual(codesOf(many), ['too_many']);
  assert.ok(codesOf({ 'a.rego': '#'.repeat(20_000_000) }).includes('too_large'));
  assert.ok(codesOf({ [`${'n/'.repeat(400)}x.rego`]: REGO }).includes('too_deep'));
  const wrong = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`../f${n}.rego`, REGO]));
  assert.ok(codesOf(wrong).length < 60, 'a page of problems, not a book');
  assert.deepEqual(codesOf({ 'a.rego': 'x\ud800' }), ['not_utf8']);
  assert.deepEqual(codesOf({}), ['no_policy']);
});
