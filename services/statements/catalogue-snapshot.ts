// One consistent look at a target's catalogue, indexed the way names are resolved. Details of relations are added as
// statements name them; everything else never changes once it is made.
import type pg from 'pg';
import { DETAILS, FINGERPRINT, SNAPSHOT } from './catalogue-queries.ts';
import type {
  CastRow,
  Column,
  FunctionRow,
  OperatorRow,
  Reached,
  RelationDetail,
  RelationRow,
  TypeRow,
} from './catalogue-rows.ts';

export interface Snapshot {
  /** Different for each snapshot taken in this process. */
  id: string;
  /** The server's major version. */
  version: number;
  fingerprint: string;
  schemas: Set<string>;
  relations: Map<string, RelationRow[]>;
  relationByOid: Map<number, RelationRow>;
  /** By the oid of their row type. */
  relationByRowType: Map<number, RelationRow>;
  functions: Map<string, FunctionRow[]>;
  functionByOid: Map<number, FunctionRow>;
  operators: Map<string, OperatorRow[]>;
  operatorByOid: Map<number, OperatorRow>;
  /** By source type. */
  casts: Map<number, CastRow[]>;
  types: Map<string, TypeRow[]>;
  typeByOid: Map<number, TypeRow>;
  /** Functions that an own aggregate, range or domain runs. */
  aggregateParts: Map<number, number[]>;
  rangeParts: Map<number, { subtype: number; functions: number[] }>;
  domainChecks: Map<number, Reached>;
  details: Map<number, RelationDetail>;
}

type Rows = unknown[][];
const number = (value: unknown) => Number(value ?? 0);
const numbers = (value: unknown) => (Array.isArray(value) ? value.map(Number) : []);
let taken = 0;

async function rows(client: pg.ClientBase, text: string, values?: unknown[]): Promise<Rows> {
  const result = await client.query({ text, rowMode: 'array', ...(values ? { values } : {}) });
  return result.rows;
}

/** Runs `fn` in one read-only transaction that sees one moment, with names printed qualified. */
async function consistently<T>(client: pg.ClientBase, fn: () => Promise<T>): Promise<T> {
  await client.query(
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = 60000',
  );
  try {
    return await fn();
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Whatever changes when the catalogue does. */
export async function catalogueFingerprint(client: pg.ClientBase): Promise<string> {
  return String((await rows(client, FINGERPRINT))[0]?.[0]);
}

/** Reads the whole catalogue of the database that `client` is connected to. */
export async function takeSnapshot(client: pg.ClientBase): Promise<Snapshot> {
  return consistently(client, async () => {
    const [server] = await rows(client, SNAPSHOT.server);
    const relations = (await rows(client, SNAPSHOT.relations)).map(relationRow);
    const functions = (await rows(client, SNAPSHOT.functions)).map(functionRow);
    const operators = (await rows(client, SNAPSHOT.operators)).map(operatorRow);
    const types = (await rows(client, SNAPSHOT.types)).map(typeRow);
    const casts = (await rows(client, SNAPSHOT.casts)).map(castRow);
    const rangeParts: Snapshot['rangeParts'] = new Map();
    for (const [range, multirange, subtype, canonical, difference] of await rows(client, SNAPSHOT.ranges)) {
      const parts = { subtype: number(subtype), functions: [number(canonical), number(difference)].filter(Boolean) };
      rangeParts.set(number(range), parts);
      rangeParts.set(number(multirange), parts);
    }
    return {
      id: `${++taken}`,
      version: number(server?.[0]),
      fingerprint: await catalogueFingerprint(client),
      schemas: new Set((await rows(client, SNAPSHOT.schemas)).map((row) => String(row[1]))),
      relations: byName(relations),
      relationByOid: byOid(relations),
      relationByRowType: new Map(relations.filter((each) => each.rowType !== 0).map((each) => [each.rowType, each])),
      functions: byName(functions),
      functionByOid: byOid(functions),
      operators: byName(operators),
      operatorByOid: byOid(operators),
      casts: Map.groupBy(casts, (cast) => cast.source),
      types: byName(types),
      typeByOid: byOid(types),
      aggregateParts: new Map(
        (await rows(client, SNAPSHOT.aggregates)).map(([oid, parts]) => [number(oid), numbers(parts).filter(Boolean)]),
      ),
      rangeParts,
      domainChecks: reachedBy(await rows(client, SNAPSHOT.domains)),
      details: new Map(),
    };
  });
}

/** Fetches what the snapshot does not have yet of these relations and adds it. */
export async function fetchDetails(client: pg.ClientBase, snapshot: Snapshot, oids: number[]): Promise<void> {
  await consistently(client, async () => {
    const columns = Map.groupBy(await rows(client, DETAILS.columns, [oids]), (row) => number(row[0]));
    const rules = reachedBy(await rows(client, DETAILS.rules, [oids]));
    const policies = reachedBy(await rows(client, DETAILS.policies, [oids]));
    const foreign = Map.groupBy(await rows(client, DETAILS.foreign, [oids]), (row) => number(row[0]));
    for (const oid of oids) {
      snapshot.details.set(oid, {
        columns: (columns.get(oid) ?? []).map((row): Column => ({ name: String(row[1]), type: number(row[2]) })),
        rule: rules.get(oid) ?? null,
        policies: policies.get(oid) ?? null,
        foreignChildren: (foreign.get(oid) ?? []).map((row) => number(row[1])),
      });
    }
  });
}

function byName<T extends { name: string }>(items: T[]): Map<string, T[]> {
  return Map.groupBy(items, (item) => item.name);
}

function byOid<T extends { oid: number }>(items: T[]): Map<number, T> {
  return new Map(items.map((item) => [item.oid, item]));
}

function relationRow([oid, schema, name, kind, rowSecurity, hasChildren, rowType]: unknown[]): RelationRow {
  return {
    oid: number(oid),
    schema: String(schema),
    name: String(name),
    kind: String(kind),
    rowSecurity: rowSecurity === true,
    hasChildren: hasChildren === true,
    rowType: number(rowType),
  };
}

const VOLATILITY = { i: 'immutable', s: 'stable', v: 'volatile' } as const;

function functionRow(row: unknown[]): FunctionRow {
  const [oid, schema, name, args, types, variadic, defaults, returns, returnsSet, kind, volatility, body] = row;
  const [extension, language, modes, allTypes, names, source] = row.slice(12);
  return {
    oid: number(oid),
    schema: String(schema),
    name: String(name),
    signature: `${schema}.${name}(${args})`,
    args: numbers(types),
    variadic: number(variadic),
    defaults: number(defaults),
    returns: number(returns),
    returnsSet: returnsSet === true,
    kind: String(kind),
    volatility: VOLATILITY[volatility as keyof typeof VOLATILITY] ?? 'volatile',
    columns: outColumns(modes, numbers(allTypes), names),
    body: String(body),
    extension: typeof extension === 'string' ? extension : null,
    language: String(language),
    source: typeof source === 'string' ? source : null,
  };
}

function outColumns(modes: unknown, types: number[], names: unknown): Column[] | null {
  if (!Array.isArray(modes)) return null;
  const columns: Column[] = [];
  modes.forEach((mode, index) => {
    if (mode !== 'o' && mode !== 't' && mode !== 'b') return;
    const name = Array.isArray(names) ? String(names[index] ?? '') : '';
    columns.push({ name: name || `column${columns.length + 1}`, type: types[index] ?? 0 });
  });
  return columns.length > 0 ? columns : null;
}

function operatorRow([oid, schema, name, left, right, result, fn]: unknown[]): OperatorRow {
  return {
    oid: number(oid),
    schema: String(schema),
    name: String(name),
    left: number(left),
    right: number(right),
    result: number(result),
    function: number(fn),
  };
}

function castRow([source, target, fn, implicit]: unknown[]): CastRow {
  return { source: number(source), target: number(target), function: number(fn), implicit: implicit === true };
}

function typeRow([oid, schema, name, kind, element, array, base, relation, functions]: unknown[]): TypeRow {
  return {
    oid: number(oid),
    schema: String(schema),
    name: String(name),
    kind: String(kind),
    element: number(element),
    array: number(array),
    base: number(base),
    relation: number(relation),
    functions: numbers(functions).filter(Boolean),
  };
}

function reachedBy(found: Rows): Map<number, Reached> {
  const all = new Map<number, Reached>();
  for (const [key, token, value] of found) {
    const owner = number(key);
    const reached = all.get(owner) ?? { functions: [], operators: [], relations: [], types: [], locks: false };
    all.set(owner, reached);
    const oid = number(value);
    if (token === 'hasForUpdate') reached.locks = true;
    else if (token === 'opno') reached.operators.push(oid);
    else if (token === 'relid') {
      if (oid !== owner) reached.relations.push(oid);
    } else if (String(token).endsWith('type')) reached.types.push(oid);
    else reached.functions.push(oid);
  }
  return all;
}
