import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, shippedFiles } from '../testing.ts';
import { readData } from '../settings/settings.ts';
import { settingChanges } from './settings.ts';
import { summarise } from './summary.ts';

test('what differs is told by what a person would point at: leaves, lines by their names, and lines that came or went', () => {
  const line = { name: 'developers', groups: ['dev'], max_minutes: 240 };
  const before = {
    a: { b: 1, c: [1, 2] },
    grants: [line, { ...line, name: 'ops' }],
    hours: [{ from: '08:00' }],
    gone: null,
  };
  const after = {
    a: { b: 2, c: [2, 3] },
    grants: [{ ...line, max_minutes: 60, groups: ['dev', 'ops'] }],
    hours: [{ from: '09:00' }],
    __proto: 1,
  };
  assert.deepEqual(settingChanges(before, after), [
    { path: '__proto', before: undefined, after: 1 },
    { path: 'a.b', before: 1, after: 2 },
    { path: 'a.c', before: 1, after: undefined },
    { path: 'a.c', before: undefined, after: 3 },
    { path: 'gone', before: null, after: undefined },
    { path: 'grants."developers".groups', before: undefined, after: 'ops' },
    { path: 'grants."developers".max_minutes', before: 240, after: 60 },
    { path: 'grants."ops"', before: { ...line, name: 'ops' }, after: undefined },
    { path: 'hours', before: { from: '08:00' }, after: undefined },
    { path: 'hours', before: undefined, after: { from: '09:00' } },
  ]);
  assert.deepEqual(settingChanges(before, structuredClone(before)), []);
  assert.deepEqual(settingChanges([1, 2], [2, 1]), [{ path: '', before: [1, 2], after: [2, 1] }]);
});

test('a notice’s line says old and new, few of them, short and plain', async () => {
  const shipped = await shippedFiles();
  const summaryOf = (changes: Record<string, string>) => {
    const files = changed(shipped, changes);
    return summarise(shipped, files, { before: readData(shipped).data, after: readData(files).data });
  };
  const elevation = shipped.get('settings/elevation/data.yaml') ?? '';
  assert.equal(
    summaryOf({ 'settings/elevation/data.yaml': elevation.replace('max_minutes: 240', 'max_minutes: 480') }),
    'changed settings/elevation/data.yaml; elevation.grants."developers".max_minutes: 240 → 480',
  );
  const many = summaryOf({
    'settings/ddl/data.yaml': `enabled: true\ngroups: [${Array.from({ length: 30 }, (_, n) => `g${n}`).join(', ')}]\n`,
  });
  assert.match(many, /ddl\.groups: absent → "g3"; and 26 more settings$/);
  const hostile = summaryOf({
    'settings/ddl/data.yaml': `enabled: true\ngroups: ["a\\u202eb\\nc", "${'x'.repeat(10_000)}"]\n`,
  });
  assert.ok(hostile.length < 400, hostile);
  assert.doesNotMatch(hostile, /[\p{Cc}\p{Cf}]/u);
});
