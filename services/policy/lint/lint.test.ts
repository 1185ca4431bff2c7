// Settings and texts that are well formed and hardly meant: each finding at its place, and none in what is shipped.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { describeProblem } from '../compiler/messages.ts';
import { readData } from '../settings/settings.ts';
import { changed, shippedFiles } from '../testing.ts';
import { FINDINGS, unsilenced } from './lint.ts';
import type { Surroundings } from './settings.ts';

const shipped = await shippedFiles();
const KNOWN: Surroundings = {
  targets: ['shop', 'bank'],
  channels: ['db-team'],
  groups: ['dev', 'security', 'dba'],
  maxMinutes: 240,
  now: new Date('2026-11-18T00:00:00Z'),
};

const saidOf = (changes: Record<string, string>, known: Surroundings = KNOWN): string[] => {
  const files = changed(shipped, changes);
  const { problems, warnings } = readData(files, known);
  assert.deepEqual(problems.map(describeProblem), []);
  return unsilenced(files, warnings).map(describeProblem);
};

const ELEVATION = 'settings/elevation/data.yaml';
const elevation = (key: string, lines: string) => ({
  [ELEVATION]: (shipped.get(ELEVATION) ?? '').replace(
    new RegExp(`^${key}:( \\[\\]\n|\n(  .*\n)+)`, 'm'),
    `${key}: ${lines}\n`,
  ),
});
const freeze = (from: string, until: string) =>
  elevation('freezes', `[{ name: a, targets: [shop], from: "${from}", until: "${until}", except_groups: [] }]`);
const hours = (from: string, to: string, zone: string, days = '[Monday]') =>
  elevation(
    'hours',
    `[{ groups: [dev], targets: [shop], days: ${days}, from: "${from}", to: "${to}", zone: "${zone}" }]`,
  );
const data = (section: string, text: string) => ({ [`settings/${section}/data.yaml`]: text });
const ACTS_LATER = 'enabled: true\nexceptions: [{ name: a, effects: [grant], groups: [GROUP], targets: [TARGET] }]\n';

const CASES: [what: string, changes: Record<string, string>, expected: RegExp][] = [
  [
    'an unknown target',
    data('accesses', 'forbidden: [{ access: [delete], targets: [shpo], except_groups: [] }]\n'),
    /^settings\/accesses\/data\.yaml:1:43: .*targets\.0: no target of the configuration is "shpo" \(unknown_target\)$/,
  ],
  [
    'a pattern that no target meets',
    data('accesses', 'forbidden: [{ access: [delete], targets: ["shop-*"], except_groups: [] }]\n'),
    /unknown_target/,
  ],
  [
    'an unknown channel',
    elevation('notify', '[{ targets: [shop], channels: [db-taem] }]'),
    /notify\.0\.channels\.0: no channel .*"db-taem" \(unknown_channel\)/,
  ],
  [
    'an unknown group',
    data('ddl', 'enabled: true\ngroups: [dbaa]\n'),
    /^settings\/ddl\/data\.yaml:2:10: .*nobody is in "dbaa" \(unknown_group\)/,
  ],
  [
    'nobody as security',
    data('admin', 'security: { groups: [], kinds: [human] }\nvisible: []\n'),
    /security\.groups: nobody may .*\(nobody\)/,
  ],
  [
    'no kind as security',
    data('admin', 'security: { groups: [security], kinds: [] }\nvisible: []\n'),
    /security\.kinds: nobody may .*\(nobody\)/,
  ],
  [
    'everybody as security',
    data('admin', 'security: { groups: ["*"], kinds: [human] }\nvisible: []\n'),
    /everybody would be security.*\(nobody\)/,
  ],
  [
    'a freeze that ends before it begins',
    freeze('2027-01-04T00:00:00', '2026-12-20T00:00:00'),
    /freezes\.0\.until: it ends .* never holds \(never\)/,
  ],
  ['a freeze of no length', freeze('2027-01-04T00:00:00', '2027-01-04T00:00:00'), /\(never\)/],
  [
    'a day that there is not',
    freeze('2027-02-30T00:00:00', '2027-03-04T00:00:00'),
    /freezes\.0\.from: there is no such time .*\(never\)/,
  ],
  [
    'a freeze that is over',
    freeze('2025-12-20T00:00:00', '2026-01-04T00:00:00'),
    /it ended on 2026-01-04T00:00:00 \(past\)/,
  ],
  [
    'a grant that is over, with whom to ask',
    elevation(
      'grants',
      '[{ name: a, groups: [dev], kinds: [human], targets: [shop], max_minutes: 10, default_minutes: 5, until: "2026-01-04T00:00:00", owner: ana, ticket: OPS-1 }]',
    ),
    /grants\.0\.until: it ended on 2026-01-04T00:00:00 \(ask ana, OPS-1\) \(past\)/,
  ],
  [
    'an exception that is over',
    {
      'settings/acts_later/data.yaml':
        'enabled: true\nexceptions: [{ name: a, effects: [grant], groups: [dba], targets: [shop], until: "2026-01-04T00:00:00", owner: ana }]\n',
    },
    /exceptions\.0\.until: it ended on 2026-01-04T00:00:00 \(ask ana\) \(past\)/,
  ],
  [
    'a protection that is over',
    {
      'settings/protected/data.yaml':
        'relations: [{ patterns: ["public.a"], access: ["*"], targets: ["*"], groups: [dba], until: "2026-01-04T00:00:00" }]\n',
    },
    /relations\.0\.until: it ended on 2026-01-04T00:00:00 \(past\)/,
  ],
  [
    'a protection of a column that is over',
    {
      'settings/protected_columns/data.yaml':
        'columns: [{ patterns: ["public.a.b"], access: [read], targets: ["*"], groups: [], until: "2026-01-04T00:00:00" }]\nviews: []\n',
    },
    /columns\.0\.until: it ended on 2026-01-04T00:00:00 \(past\)/,
  ],
  [
    'a column in capitals',
    {
      'settings/protected_columns/data.yaml':
        'columns: [{ patterns: ["public.a.Email"], access: [read], targets: ["*"], groups: [] }]\nviews: []\n',
    },
    /columns\.0\.patterns\.0: .*"public\.a\.Email" meant\? \(capitals\)/,
  ],
  [
    'a column that is protected against nothing',
    {
      'settings/protected_columns/data.yaml':
        'columns: [{ patterns: ["public.a.b"], access: [], targets: ["*"], groups: [] }]\nviews: []\n',
    },
    /columns\.0\.access: with nothing here the whole line means nothing \(empty_line\)/,
  ],
  ['hours of no length', hours('08:00', '08:00', 'UTC'), /hours\.0\.to: from and to are the same.*\(never\)/],
  ['hours on no day', hours('08:00', '18:00', 'UTC', '[]'), /hours\.0\.days: there is no day.*\(never\)/],
  [
    'a zone that there is not',
    hours('08:00', '18:00', 'Europe/Berln'),
    /there is no time zone "Europe\/Berln" \(unknown_zone\)/,
  ],
  [
    'a pattern with capitals',
    data('whole_table', 'enabled: true\nallowed: ["public.Orders"]\n'),
    /whole_table\/data\.yaml:2:11: .*"public\.Orders".*\(capitals\)/,
  ],
  ['a scope with capitals', data('read_scopes', 'groups: { dev: ["public.Orders"] }\n'), /\(capitals\)/],
  [
    'production that is none',
    data('environments', 'relaxed: [production, test]\n'),
    /relaxed\.0: .*\(production_relaxed\)/,
  ],
  [
    'a limit of nothing',
    data('limits', 'human: { max_rows: 0 }\nservice: {}\nagent: {}\n'),
    /human\.max_rows: a limit of 0 .*\(limit_of_nothing\)/,
  ],
  [
    'more than the configuration gives',
    elevation(
      'grants',
      '[{ name: a, groups: [dev], kinds: [human], targets: [shop], max_minutes: 600, default_minutes: 15 }]',
    ),
    /max_minutes: the configuration gives 240 .*\(beyond_configuration\)/,
  ],
  [
    'a default beyond the maximum',
    elevation(
      'grants',
      '[{ name: a, groups: [dev], kinds: [human], targets: [shop], max_minutes: 10, default_minutes: 15 }]',
    ),
    /default_minutes: more than max_minutes \(10\).*\(never\)/,
  ],
  [
    'everybody everywhere',
    elevation(
      'grants',
      '[{ name: a, groups: ["*"], kinds: [human], targets: ["*"], max_minutes: 10, default_minutes: 5 }]',
    ),
    /grants\.0: everybody may write everywhere \(everywhere\)/,
  ],
  [
    'an exception for all',
    data('acts_later', ACTS_LATER.replace('GROUP', '"*"').replace('TARGET', '"*"')),
    /exceptions\.0: everybody may, everywhere \(everywhere\)/,
  ],
  [
    'every table',
    data('whole_table', 'enabled: true\nallowed: ["*"]\n'),
    /allowed\.0: this exempts every table.*\(everywhere\)/,
  ],
  [
    'a line about nobody',
    elevation('confirm', '[{ groups: [], targets: [shop] }]'),
    /confirm\.0\.groups: .*means nothing \(empty_line\)/,
  ],
  [
    'one name twice',
    data(
      'acts_later',
      'enabled: true\nexceptions:\n  - { name: a, effects: [grant], groups: [dba], targets: [shop] }\n  - { name: a, effects: [code], groups: [dba], targets: [shop] }\n',
    ),
    /^settings\/acts_later\/data\.yaml:4:7: .*exceptions\.1\.name: "a" is also the name of settings\.acts_later\.exceptions\.0 \(same_name\)/,
  ],
  [
    'a group that only looks like another',
    data('ddl', 'enabled: true\ngroups: [dbа]\n'),
    /^settings\/ddl\/data\.yaml:2:10: "dbа" has letters that only look like Latin ones: U\+0430 \(lookalike\)/,
  ],
  ['a name all of lookalikes', data('ddl', 'enabled: true\ngroups: [сорас]\n'), /\(lookalike\)/],
  [
    'a space of no width',
    data('ddl', 'enabled: true\ngroups: ["db\u200ba"]\n'),
    /^settings\/ddl\/data\.yaml:2:13: a character that nobody sees \(U\+200B\).*\(invisible\)/,
  ],
  ['a space that does not break', data('ddl', 'enabled: true #\u00a0x\ngroups: []\n'), /U\+00A0/],
  [
    'writing turned round in a comment of Rego',
    {
      'sudoql/scope/scope.rego': (shipped.get('sudoql/scope/scope.rego') ?? '').replace(
        '# Once for',
        '# \u202eOnce for',
      ),
    },
    /^sudoql\/scope\/scope\.rego:\d+:3: .*U\+202E.*\(invisible\)/,
  ],
  [
    'a mark of byte order inside',
    { 'sudoql/scope/scope.rego': `${shipped.get('sudoql/scope/scope.rego')}# x\ufeff\n` },
    /U\+FEFF/,
  ],
  ['NUL', { 'sudoql/scope/scope.rego': `${shipped.get('sudoql/scope/scope.rego')}# x\u0000\n` }, /U\+0000/],
];

for (const [what, changes, expected] of CASES) {
  test(`${what} is found at its place`, () => {
    const said = saidOf(changes).filter((line) => expected.test(line));
    assert.equal(said.length, 1, saidOf(changes).join('\n') || 'nothing was said');
  });
}

test('of what is shipped nothing is said, with whatever names there are', () => {
  assert.deepEqual(saidOf({}), []);
  assert.deepEqual(saidOf({}, { now: new Date() }), []);
});

test('names in other scripts, accents and emoji are not strange', () => {
  const fine =
    '# Für Zoë: наименование, 数据, \u{1f469}\u200d\u{1f4bb}, µs, Ω, naïve\nenabled: true\ngroups: [операторы, données, 管理者]\n';
  assert.deepEqual(saidOf(data('ddl', fine), {}), []);
});

test('a comment with a reason silences one finding, on its line or above it; without a reason it does not, nor elsewhere', () => {
  const allowed = (comment: string, after = '') =>
    data('whole_table', `enabled: true\n${comment}allowed: ["*"]${after}\n`);
  assert.deepEqual(saidOf(allowed('# sudoql: ignore everywhere: a scratch database\n')), []);
  assert.deepEqual(saidOf(allowed('', ' # sudoql: ignore everywhere: a scratch database')), []);
  assert.match(saidOf(allowed('# sudoql: ignore everywhere\n')).join(), /to keep it, say why/);
  assert.equal(saidOf(allowed('# sudoql: ignore capitals: another one\n')).length, 1);
  assert.equal(saidOf(allowed('# sudoql: ignore everywhere: too far away\n\n')).length, 1);
});

test('every finding is in the guide, and so is which of them are mistakes', async () => {
  const guide = await readFile(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
  const rows = [...guide.matchAll(/^\| `(\w+)` \| [^|]* \| (yes|no) \|$/gm)];
  assert.deepEqual(Object.fromEntries(rows.map(([, code = '', mistake]) => [code, mistake === 'yes'])), FINDINGS);
  const ours = Object.keys(FINDINGS).slice(0, Object.keys(FINDINGS).indexOf('same_code'));
  const shown = CASES.map(([, , expected]) => expected.source).join();
  for (const code of ours.filter((code) => code !== 'print')) assert.ok(shown.includes(code), code);
});

test('who is in a group of the provider’s is in what it means', () => {
  const ddl = data('ddl', 'enabled: true\ngroups: [oncall]\n');
  assert.match(saidOf(ddl).join(), /nobody is in "oncall"/);
  assert.deepEqual(saidOf({ ...ddl, ...data('people', 'groups: { "oidc:on-call": [oncall] }\n') }), []);
});
