// Every setting that the pages name is in the schema, and every setting of the schema is on a page or in the example.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { ConfigFile } from '../../services/gateway/config/schema.ts';
import { pages, read, spans } from './pages.ts';

interface Schema {
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  anyOf?: Schema[];
}

/** A schema's keys as paths; a name that people choose is `*`. */
function paths(schema: Schema, above: string[] = []): string[][] {
  const own = above.length > 0 ? [above] : [];
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, each]) => paths(each, [...above, key]));
  const named = Object.values(schema.patternProperties ?? {}).flatMap((each) => paths(each, [...above, '*']));
  const either = (schema.anyOf ?? []).flatMap((each) => paths(each, above));
  return [...own, ...inner, ...named, ...either];
}

/** The same of a document. */
function written(value: unknown, above: string[] = []): string[][] {
  const own = above.length > 0 ? [above] : [];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return own;
  return [...own, ...Object.entries(value).flatMap(([key, each]) => written(each, [...above, key]))];
}

const known = new Set(paths(ConfigFile as unknown as Schema).map((path) => path.join('.')));
const TOP = new Set([...known].map((path) => path.split('.')[0]));
/** `targets.shop.reader` → `targets.*.reader`. */
const general = (path: string[]) =>
  path.map((key, n) => (n === 1 && ['targets', 'channels', 'checks'].includes(path[0] ?? '') ? '*' : key)).join('.');
/** A target's labels and a channel's headers are their owner's. */
const OWN = ['targets.*.labels.', 'channels.*.headers.', 'traces.headers.'];
const isKnown = (path: string) => known.has(path) || OWN.some((own) => path.startsWith(own));

const all = await pages();
const example = await read('sudoql.example.yaml');
/** What is commented out in it is written into it: `# tls: { … }`, with its own comment behind it. */
const whole = example.replace(/^( *)# (?=[a-z_]+: \S)(?![a-z_]+: [A-Za-z]+ [a-z])/gm, '$1');

test('the example, what is commented out in it included, has no key that the schema has not', () => {
  const keys = new Set([...written(parse(example)), ...written(parse(whole))].map(general));
  assert.ok(keys.size > 60, `${keys.size} keys`);
  assert.deepEqual(
    [...keys].filter((key) => !isKnown(key)),
    [],
  );
});

test('every setting that a page names is in the schema', () => {
  const wrong: string[] = [];
  let found = 0;
  for (const page of all) {
    for (const span of spans(page)) {
      const [, path = ''] = /^([a-z_]+(?:\.[a-z_*]+)+)(?:: .*)?$/.exec(span) ?? [];
      const [top = '', ...rest] = path.split('.');
      if (!TOP.has(top) || isOther(page.path, path)) continue;
      found++;
      // A target's or a channel's setting is also named without its target: `targets.tls`.
      if (!isKnown(general(path.split('.'))) && !isKnown([top, '*', ...rest].join('.')))
        wrong.push(`${page.path}: ${span}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(found > 15, `${found} settings`);
});

test('every setting of the schema is in the example or on a page', () => {
  const inExample = new Set(written(parse(whole)).map(general));
  const named = new Set(all.flatMap(spans).flatMap((span) => span.match(/[a-z_]+(?:\.[a-z_]+)*/g) ?? []));
  const without = [...known].filter(
    (path) =>
      !OWN.includes(path.slice(0, -1)) &&
      !inExample.has(path.replace(/^targets\.\*\.tls/, 'ledger.tls')) &&
      !named.has(path.replace('.*', '')) &&
      !named.has(path.split('.').slice(-2).join('.')),
  );
  assert.deepEqual(without, []);
});

/** What looks like a setting: what webhooks are told of, a policy's input, what its `admin` decides, a script. */
function isOther(page: string, path: string): boolean {
  if (
    /^(elevation|policy|gateway)\.(started|extended|ended|settled|refused|revoked|activated|requested|line_ends|denied|problem)$/.test(
      path,
    )
  )
    return true;
  return (
    page === 'docs/policy-reference.md' || /^(policy\.(activate|approve|read)|elevation\.revoke)$|\.ts$/.test(path)
  );
}
