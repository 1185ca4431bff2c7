// The rows of catalogue-queries.ts, as they come over the wire, made into those of catalogue-rows.ts.
import { bodyNames } from './body-names.ts';
import type {
  Cascade,
  CastRow,
  Column,
  FunctionRow,
  OperatorRow,
  Reached,
  RelationRow,
  TypeRow,
} from './catalogue-rows.ts';

export const number = (value: unknown): number => Number(value ?? 0);
export const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);

export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

export function relationRow([oid, schema, name, kind, rowSecurity, hasChildren, rowType]: unknown[]): RelationRow {
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

export function cascadeRow([, relation, deletes, updates, key, columns]: unknown[]): Cascade {
  return {
    relation: number(relation),
    onDelete: deletes === 'delete' || deletes === 'update' ? deletes : null,
    onUpdate: updates === 'update' ? updates : null,
    key: Array.isArray(key) ? key.map(String) : null,
    columns: Array.isArray(columns) ? columns.map(String) : [],
  };
}

const VOLATILITY = { i: 'immutable', s: 'stable', v: 'volatile' } as const;

export function functionRow(row: unknown[]): FunctionRow {
  const [oid, schema, name, args, types, variadic, defaults, returns, returnsSet, kind, volatility, body] = row;
  const [extension, language, modes, allTypes, names, source, late, ownPath, definer] = row.slice(12);
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
    argNames: inputNames(modes, names),
    columns: outColumns(modes, numbers(allTypes), names),
    body: String(body),
    extension: typeof extension === 'string' ? extension : null,
    language: String(language),
    source: typeof source === 'string' ? source : null,
    late: typeof late === 'string' ? bodyNames(late) : null,
    ownPath: typeof ownPath === 'string' ? ownPath : null,
    definer: typeof definer === 'string' ? definer : null,
  };
}

function inputNames(modes: unknown, names: unknown): string[] | null {
  if (!Array.isArray(names)) return null;
  const all = names.map((name) => String(name ?? ''));
  return Array.isArray(modes) ? all.filter((_, index) => ['i', 'b', 'v'].includes(String(modes[index]))) : all;
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

export function operatorRow([oid, schema, name, left, right, result, fn]: unknown[]): OperatorRow {
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

export function castRow([source, target, fn, implicit]: unknown[]): CastRow {
  return { source: number(source), target: number(target), function: number(fn), implicit: implicit === true };
}

export function typeRow(row: unknown[]): TypeRow {
  const [oid, schema, name, kind, element, array, base, relation, functions, category, preferred] = row;
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
    category: String(category),
    preferred: preferred === true,
  };
}

const oids = (list: unknown) => String(list).trim().split(/\s+/).map(Number);

/** Adds one object id that a stored expression holds to what its owner reaches. */
export function addReached(all: Map<number, Reached>, [key, token, value]: unknown[], version: number): void {
  const owner = number(key);
  const reached = all.get(owner) ?? nothingReached();
  all.set(owner, reached);
  const oid = number(value);
  if (token === 'hasForUpdate') reached.locks = true;
  else if (token === 'selectedCols') addColumns(reached, owner, oids(value));
  else if (token === 'opnos') reached.operators.push(...oids(value));
  else if (token === 'coltypes' || token === 'funccoltypes') reached.types.push(...oids(value));
  else if (token === 'opno' || token === 'eqop' || token === 'sortop' || token === 'cycle_mark_neop') {
    if (oid !== 0) reached.operators.push(oid);
  } else if (token === 'relid') {
    if (oid !== owner && oid !== 0) reached.relations.push(oid);
    // Beside a list of permissions; before there was one, a mention whose columns were not found.
    if (version < 16) reached.columns.set(oid, null);
  } else if (/typ(e|id|eid)$/.test(String(token))) reached.types.push(oid);
  else if (oid !== 0) reached.functions.push(oid);
}

const nothingReached = (): Reached => ({
  functions: [],
  operators: [],
  relations: [],
  columns: new Map(),
  types: [],
  locks: false,
});

/** Members of a set that has no negative ones begin with the lowest number of a column there is, of a system column (FirstLowInvalidHeapAttributeNumber). */
const LOWEST = -7;

/** Of several mentions of a relation each has a set of its own. */
function addColumns(reached: Reached, owner: number, [oid = 0, ...members]: readonly number[]): void {
  if (oid === owner || oid === 0) return;
  reached.relations.push(oid);
  const columns = reached.columns.get(oid);
  if (columns === null) return;
  reached.columns.set(oid, new Set([...(columns ?? []), ...members.map((member) => member + LOWEST)]));
}
