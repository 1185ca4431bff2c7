// Makes builtins.generated.json from the catalogues of running servers and the rules: `node generate.ts URL…`.
//
// Give a URL of a superuser in an empty database of each major version (15 and 18 are what the file was made from).
// Known extensions that a server offers are created there, looked at, and dropped.
import { writeFile } from 'node:fs/promises';
import pg from 'pg';
import { takeSnapshot } from '../catalogue-snapshot.ts';
import { FIRST_OWN_OID, type FunctionRow } from '../catalogue-rows.ts';
import { EXTENSION_RULES, RULES, type VerdictName } from './rules.ts';

const INTERNAL = 2281;
const CSTRING = 2275;
const INTERNAL_TYPES = new Set([CSTRING, INTERNAL]);

type Rule = (typeof RULES)[number];

function verdict(fn: FunctionRow, rules: readonly Rule[]): VerdictName {
  const signature = fn.signature.slice(fn.schema.length + 1);
  const rule = rules.find(([pattern]) => {
    const whole = new RegExp(`^(?:${pattern})$`);
    return whole.test(fn.name) || whole.test(signature);
  });
  if (rule) return rule[1];
  // The server's own: index support, type input and output. It calls them itself; a statement has no need to.
  if (fn.args.some((type) => INTERNAL_TYPES.has(type)) || fn.returns === INTERNAL)
    return fn.kind === 'a' ? 'read' : 'dynamic';
  if (fn.kind === 'p') return 'dynamic';
  return fn.volatility === 'volatile' ? 'dynamic' : 'read';
}

interface Listed {
  verdict: VerdictName;
  bodies: Set<string>;
}

function add(list: Map<string, Listed>, key: string, fn: FunctionRow, rules: readonly Rule[]): void {
  const entry = list.get(key) ?? { verdict: verdict(fn, rules), bodies: new Set() };
  entry.bodies.add(fn.body.slice(0, 12));
  list.set(key, entry);
}

const builtins = new Map<string, Listed>();
const extensions = new Map<string, Listed>();
const versions: number[] = [];

for (const connectionString of process.argv.slice(2)) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const snapshot = await takeSnapshot(client);
  versions.push(snapshot.version);
  for (const fn of snapshot.functionByOid.values()) {
    if (fn.oid < FIRST_OWN_OID) add(builtins, fn.signature, fn, RULES);
  }
  for (const [name, rules] of Object.entries(EXTENSION_RULES)) {
    const { rowCount } = await client.query('SELECT FROM pg_available_extensions WHERE name = $1', [name]);
    if (rowCount === 0) continue;
    await client.query(`CREATE EXTENSION IF NOT EXISTS "${name}" SCHEMA public CASCADE`);
    for (const fn of (await takeSnapshot(client)).functionByOid.values()) {
      if (fn.extension?.split(' ')[0] !== name) continue;
      add(extensions, `${name} ${fn.signature.replaceAll('public.', '')}`, fn, rules);
    }
    await client.query(`DROP EXTENSION "${name}" CASCADE`);
  }
  await client.end();
}

const lines = (list: Map<string, Listed>) =>
  [...list]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([key, { verdict: name, bodies }]) =>
        `${JSON.stringify(key)}:${JSON.stringify([name, ...[...bodies].sort()].join(' '))}`,
    )
    .join(',\n');
const json = `{"versions":${JSON.stringify(versions)},\n"builtins":{\n${lines(builtins)}\n},\n"extensions":{\n${lines(extensions)}\n}}\n`;
await writeFile(new URL('./builtins.generated.json', import.meta.url), json);
