// docs/design.md says what is so, and what cites it finds it there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLOOR_CODES } from '../../services/gateway/session/statement/floor.ts';
import { Effect } from '../../services/statements/facts.ts';
import { pages, projectFiles, read } from './pages.ts';

const design = await read('docs/design.md');
const section = (heading: string) => design.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
const firsts = (text: string) =>
  [...text.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, first = '']) =>
    [...first.matchAll(/`([\w-]+)`/g)].map(([, code]) => code ?? ''),
  );
const sources = (await projectFiles()).filter((path) =>
  /^(services|clients|test|bench|policies)\/.*\.(ts|go|rego)$/.test(path),
);

test('the layers are the imports that there are', async () => {
  const said = Object.fromEntries(
    [...section('Parts').matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, part = '', imports = '']) => [
      part,
      [...imports.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '').sort(),
    ]),
  );
  const found = Object.fromEntries(Object.keys(said).map((part) => [part, new Set<string>()]));
  for (const path of sources) {
    const part = /^services\/(\w+)\//.exec(path)?.[1] ?? (path.startsWith('clients/') ? 'clients' : undefined);
    if (part === undefined || /\.test\.ts$|\/testing[\w-]*\.ts$/.test(path)) continue;
    for (const [, to = ''] of (await read(path)).matchAll(/from '(?:\.\.\/)+(?:services\/)?(\w+)\//g))
      if (to !== part && to in said) found[part]?.add(to);
  }
  assert.deepEqual(Object.fromEntries(Object.entries(found).map(([part, to]) => [part, [...to].sort()])), said);
});

test('the floor is whole: every code of it, and no other', () => {
  assert.deepEqual(firsts(section('The floor')).sort(), [...FLOOR_CODES].sort());
});

test('every effect is among the words', () => {
  const line = /^\| \*\*effect\*\* \|.*$/m.exec(design)?.[0] ?? '';
  const all = Effect.anyOf.map((each) => each.const as string);
  assert.deepEqual([...line.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(), all.sort());
});

test('every promise and rule that code, tests and pages cite is there; each promise has a test; tests spell it alike', async () => {
  const promises = new Set([...section('Promises').matchAll(/^(\d+)\. \*\*/gm)].map(([, n]) => n ?? ''));
  const rules = new Set([...design.matchAll(/^- \*\*(R\d)\./gm)].map(([, rule]) => rule ?? ''));
  assert.equal(promises.size, 11);
  const wrong: string[] = [];
  const tested = new Set<string>();
  const texts = [
    ...(await pages()),
    ...(await Promise.all(sources.map(async (path) => ({ path, text: await read(path) })))),
  ].filter(({ path }) => path !== 'test/docs/design.test.ts');
  for (const { path, text } of texts) {
    for (const [cited, n = ''] of text.matchAll(/\b[Pp]romise (\d+)/g))
      if (!promises.has(n)) wrong.push(`${path}: ${cited}`);
    for (const [, rule = ''] of text.matchAll(/[(, ](R\d)\b[).,]/g))
      if (!rules.has(rule)) wrong.push(`${path}: ${rule}`);
    if (!path.endsWith('.test.ts')) continue;
    for (const [, name = ''] of text.matchAll(/^\s*(?:test\(\s*)?['"`](.+)['"`],/gm)) {
      const [, n] = /^promise (\d+): /.exec(name) ?? [];
      if (n) tested.add(n);
      else if (/^\d+:|\(promise|\bpromises? \d/i.test(name)) wrong.push(`${path}: “${name}” is not “promise N: …”`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(
    [...promises].filter((n) => !tested.has(n)),
    [],
  );
});

test('every export is used somewhere', async () => {
  const exported: [string, string][] = [];
  const uses = new Map<string, Set<string>>();
  for (const path of sources.filter((file) => file.endsWith('.ts'))) {
    const text = await read(path);
    for (const word of text.match(/[A-Za-z_$][\w$]*/g) ?? []) uses.set(word, (uses.get(word) ?? new Set()).add(path));
    if (!/^(services|clients)\//.test(path)) continue;
    for (const [, name = ''] of text.matchAll(/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm))
      if ((text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length === 1) exported.push([path, name]);
  }
  assert.deepEqual(
    exported.filter(([, name]) => (uses.get(name)?.size ?? 0) < 2),
    [],
  );
});
