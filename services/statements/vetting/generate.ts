// Makes the text of builtins.generated.json from the catalogues of running servers and the rules; `npm run vetted` starts them.
import pg from 'pg';
import { takeSnapshot } from '../catalogue-snapshot.ts';
import { FIRST_OWN_OID, type FunctionRow } from '../catalogue-rows.ts';
import { EXTENSION_RULES, RULES, type VerdictName } from './rules.ts';

const INTERNAL = 2281;
const CSTRING = 2275;
const INTERNAL_TYPES = new Set([CSTRING, INTERNAL]);

type Rule = (typeof RULES)[number];

function verdict(fn: FunctionRow, rules: readonly Rule[]): VerdictName {
  const signature = fn.signature.replaceAll(`${fn.schema}.`, '');
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
  entry.bodies.add(fn.body);
  list.set(key, entry);
}

/** Bodies in SQL name their schema: where extensions are usually installed. */
const SCHEMAS = ['public', 'extensions', 'postgis'];

/**
 * `urls`: superusers in empty databases, together of every supported major version. Known extensions that a server offers
 * are created there, looked at, and dropped. Throws when one of them is offered by none.
 */
export async function generateList(urls: readonly string[]): Promise<string> {
  const builtins = new Map<string, Listed>();
  const extensions = new Map<string, Listed>();
  const versions = new Set<number>();
  const offered = new Map<string, Set<string>>();
  for (const connectionString of urls) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      const snapshot = await takeSnapshot(client);
      versions.add(snapshot.version);
      for (const fn of snapshot.functionByOid.values())
        if (fn.oid < FIRST_OWN_OID) add(builtins, fn.signature, fn, RULES);
      for (const [name, rules] of Object.entries(EXTENSION_RULES)) {
        const version = await lookAt(client, name, (key, fn) => add(extensions, key, fn, rules));
        if (version !== null) offered.set(name, (offered.get(name) ?? new Set()).add(version));
      }
    } finally {
      await client.end();
    }
  }
  const nowhere = Object.keys(EXTENSION_RULES).filter((name) => !offered.has(name));
  if (nowhere.length > 0) throw new Error(`No server offers ${nowhere.join(', ')}.`);
  return [
    `{"versions":${JSON.stringify([...versions].sort())},`,
    `"extensionVersions":{\n${listed([...offered].map(([name, all]) => [name, [...all].sort().join(' ')]))}\n},`,
    `"builtins":{\n${listed(entries(builtins))}\n},`,
    `"extensions":{\n${listed(entries(extensions))}\n}}\n`,
  ].join('\n');
}

/** Says the extension's version; null where the server does not have it. */
async function lookAt(
  client: pg.Client,
  name: string,
  found: (key: string, fn: FunctionRow) => void,
): Promise<string | null> {
  const { rows } = await client.query<{ version: string }>(
    'SELECT default_version AS version FROM pg_available_extensions WHERE name = $1',
    [name],
  );
  const [available] = rows;
  if (!available) return null;
  for (const schema of SCHEMAS) {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; SET search_path = ${schema};
      CREATE EXTENSION "${name}" SCHEMA ${schema} CASCADE; RESET search_path`);
    for (const fn of (await takeSnapshot(client)).functionByOid.values()) {
      if (fn.extension?.split(' ')[0] === name) found(`${name} ${fn.signature.replaceAll(`${fn.schema}.`, '')}`, fn);
    }
    await client.query(`DROP SCHEMA ${schema} CASCADE; CREATE SCHEMA IF NOT EXISTS public`);
  }
  return available.version;
}

const entries = (list: Map<string, Listed>) =>
  [...list].map(([key, { verdict: name, bodies }]) => [key, [name, ...[...bodies].sort()].join(' ')] as const);

const listed = (pairs: readonly (readonly [string, string])[]) =>
  [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',\n');
