// Who can do what: each cell is what the compiled policy answers, and a change of policy is told by the cells that it changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../../contract/words.ts';
import { shippedModule } from '../testing.ts';
import { loadWasmPolicy } from '../wasm-policy.ts';
import { changesInShort, changesOf } from './changes.ts';
import { groupsAsPeople, matrixOf, type Row } from './matrix.ts';

const { wasm, data } = await shippedModule();
const settings = data.settings as Record<string, Record<string, unknown>>;

const person = (
  id: string,
  groups: string[],
  kind: Principal['kind'] = 'human',
  elevate: Principal['elevate'] = 'in-band',
) => ({
  id,
  email: null,
  groups,
  kind,
  elevate,
});
const PEOPLE: Principal[] = [
  person('ana', ['dev']),
  person('ben', ['ops']),
  person('bot', ['dev'], 'agent', 'none'),
  person('deploy', ['dev'], 'service', 'connect'),
  person('ro', ['dev'], 'human', 'none'),
  person('sec', ['security']),
];
const TARGETS = [
  { name: 'shop', labels: { environment: 'production' } },
  { name: 'scratch', labels: { environment: 'test' } },
];
/** A Wednesday, 11:06 UTC. */
const NOW = new Date('2026-11-18T11:06:40.000Z');

const matrixWith = async (changes: Record<string, unknown> = {}, now = NOW) =>
  matrixOf(await loadWasmPolicy(wasm, { ...data, settings: { ...settings, ...changes } }), PEOPLE, TARGETS, now);
const elevation = (changes: object) => ({ elevation: { ...settings.elevation, ...changes } });
const rowOf = ({ rows }: { rows: Row[] }, who: string, target = 'shop') =>
  rows.find((row) => row.who === who && row.target === target);

test('the shipped policy: developers write everywhere and change schemas where it is not production; programs as their tokens may', async () => {
  const matrix = await matrixWith();
  const yes = { read: 'yes', write: 'yes', elevate: 'yes', minutes: 240 };
  const no = { read: 'yes', write: 'no', ddl: 'no', elevate: 'no', minutes: null };
  assert.deepEqual(rowOf(matrix, 'ana'), { who: 'ana', target: 'shop', ...yes, ddl: 'no' });
  assert.deepEqual(rowOf(matrix, 'ana', 'scratch'), { who: 'ana', target: 'scratch', ...yes, ddl: 'yes' });
  assert.deepEqual(rowOf(matrix, 'deploy (service)'), { who: 'deploy (service)', target: 'shop', ...yes, ddl: 'no' });
  for (const who of ['ben', 'bot (agent)', 'ro', 'sec'])
    assert.deepEqual(rowOf(matrix, who), { who, target: 'shop', ...no });
  assert.deepEqual(
    matrix.administer.map(({ who, actions }) => [who, actions.includes('policy.activate')]),
    [['sec', true]],
  );
});

test('where a condition remains it is named: hours, a ticket, a confirmation, a relation', async () => {
  const reasons = [{ targets: ['shop'], pattern: 'OPS-\\d+', form: 'a ticket' }];
  const hours = [{ groups: ['dev'], targets: ['shop'], days: ['Monday'], from: '08:00', to: '18:00', zone: 'UTC' }];
  assert.deepEqual(rowOf(await matrixWith(elevation({ reasons })), 'ana')?.write, { unless: ['reason_form'] });
  assert.deepEqual(rowOf(await matrixWith(elevation({ hours })), 'ana')?.elevate, { unless: ['outside_hours'] });
  assert.deepEqual(rowOf(await matrixWith(elevation({ hours, reasons })), 'ana')?.elevate, {
    unless: ['outside_hours', 'reason_form'],
  });
  assert.deepEqual(
    rowOf(await matrixWith(elevation({ confirm: [{ groups: ['dev'], targets: ['*'] }] })), 'ana')?.elevate,
    {
      unless: ['confirmation'],
    },
  );
  const freeze = (until: string) => [
    { name: 'x', targets: ['*'], from: '2026-01-01T00:00:00', until, except_groups: [] },
  ];
  assert.deepEqual(rowOf(await matrixWith(elevation({ freezes: freeze('2026-11-20T00:00:00') })), 'ana')?.write, {
    unless: ['frozen'],
  });
  assert.equal(rowOf(await matrixWith(elevation({ freezes: freeze('2100-01-01T00:00:00') })), 'ana')?.write, 'no');
  const protectedRelations = { relations: [{ patterns: ['*'], access: ['update'], targets: ['shop'], groups: [] }] };
  assert.deepEqual(rowOf(await matrixWith({ protected: protectedRelations }), 'ana')?.write, {
    unless: ['protected_relation'],
  });
});

test('a change is told by what it gives and takes, each once', async () => {
  const before = await matrixWith();
  const [grant] = (settings.elevation as { grants: object[] }).grants;
  const grants = [grant, { ...grant, name: 'ops', groups: ['ops'], targets: ['shop'], max_minutes: 30 }];
  assert.deepEqual(changesOf(before, await matrixWith(elevation({ grants }))), [
    'ben can now write to shop',
    'ben can now elevate on shop',
  ]);
  assert.deepEqual(changesOf(await matrixWith(elevation({ grants })), before), [
    'ben can no longer write to shop',
    'ben can no longer elevate on shop',
  ]);
  assert.deepEqual(changesOf(before, await matrixWith(elevation({ grants: [{ ...grant, max_minutes: 60 }] }))), [
    'ana can elevate on shop for 60 minutes, before 240',
    'ana can elevate on scratch for 60 minutes, before 240',
    'deploy (service) can elevate on shop for 60 minutes, before 240',
    'deploy (service) can elevate on scratch for 60 minutes, before 240',
  ]);
  const security = { admin: { ...settings.admin, security: { groups: ['security', 'ops'], kinds: ['human'] } } };
  assert.ok(changesOf(before, await matrixWith(security)).includes('ben can now do policy.activate'));
  assert.deepEqual(changesOf(before, before), []);
});

test('in a notice, all actions that the same people got or lost stand in one sentence', async () => {
  const security = { admin: { ...settings.admin, security: { groups: ['nobody'], kinds: ['human'] } } };
  const told = changesInShort(await matrixWith(), await matrixWith(security));
  assert.equal(told.length, 1, told.join('\n'));
  assert.match(
    String(told[0]),
    /^sec can no longer do [a-z_., ]*token\.revoke, [a-z_., ]*policy\.activate, policy\.approve, policy\.read$/,
  );
});

test('groups that settings name are asked about as people who are in no other', () => {
  assert.deepEqual(
    groupsAsPeople(data).map(({ id, groups }) => [id, groups]),
    [
      ['group:dev', ['dev']],
      ['group:security', ['security']],
    ],
  );
});
