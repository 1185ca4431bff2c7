// One consistent look at a target's catalogue, indexed the way names are resolved. Details of relations are added as
// statements name them; everything else never changes once it is made.
import pg from 'pg';
import { DETAILS, FINGERPRINT, SNAPSHOT, STAMPS } from './catalogue-queries.ts';
import {
  type Cascade,
  type CastRow,
  FIRST_OWN_OID,
  type FunctionRow,
  type OperatorRow,
  type Reached,
  type RelationDetail,
  type RelationRow,
  type TypeRow,
} from './catalogue-rows.ts';
import { foldable } from './foldable.ts';
import {
  addReached,
  cascadeRow,
  castRow,
  functionRow,
  number,
  numbers,
  operatorRow,
  push,
  relationRow,
  typeRow,
} from './read-rows.ts';

export interface Snapshot {
  /** Different for each snapshot taken in this process. */
  id: string;
  /** The server's major version. */
  version: number;
  fingerprint: string;
  /** Schemas that the reader may not use. */
  closed: Set<string>;
  /** Those that it may. */
  open: Set<string>;
  /** Whether the reader may make temporary objects. */
  temporaries: boolean;
  relations: Map<string, RelationRow[]>;
  relationByOid: Map<number, RelationRow>;
  /** By the oid of their row type. */
  relationByRowType: Map<number, RelationRow>;
  /** What a partition or child is part of. */
  parents: Map<number, number[]>;
  /** Of plain inheritance: a partition is a part of its table, a child a table of its own. */
  children: Map<number, number[]>;
  /** Relations with a foreign key to this one. */
  references: Map<number, number[]>;
  /** What a change of a relation's rows changes elsewhere by itself. */
  cascades: Map<number, Cascade[]>;
  functions: Map<string, FunctionRow[]>;
  functionByOid: Map<number, FunctionRow>;
  operators: Map<string, OperatorRow[]>;
  operatorByOid: Map<number, OperatorRow>;
  /** By source type. */
  casts: Map<number, CastRow[]>;
  /** Those that run a function of the users' or an extension's own, by target type. */
  ownCasts: Map<number, CastRow[]>;
  types: Map<string, TypeRow[]>;
  typeByOid: Map<number, TypeRow>;
  /** Functions that an own aggregate, range or domain runs. */
  aggregateParts: Map<number, number[]>;
  /** The operator that an own aggregate is planned as a sort by. */
  aggregateSorts: Map<number, number>;
  /** Own functions that an operator's classes run with it. */
  operatorSupport: Map<number, number[]>;
  /** Own functions that opening or planning a relation may run: the first as they are, of the others what is in their bodies. */
  relationSupport: Map<number, { run: number[]; inlined: number[]; operators: number[] }>;
  /** Own functions that a change of the relation's rows may run by itself; 0 for what has no name here. */
  writeSupport: Map<number, number[]>;
  /** A change of the relation's rows may change further ones, that no command tag counts. */
  changesFurther: Set<number>;
  /** Such rows may be more than the server counts. */
  countsLess: boolean;
  rangeParts: Map<number, { subtype: number; functions: number[] }>;
  domainChecks: Map<number, Reached>;
  /** By function: what its body was resolved to when it was made. */
  resolvedBodies: Map<number, Reached>;
  /** Types of the users' own that a relation's columns have. */
  ownColumnTypes: Map<number, number[]>;
  /** By own function: what its arguments' defaults reach. */
  argumentDefaults: Map<number, Reached>;
  /** Functions that sorting and comparing run, by type, where they are not the server's own. */
  comparisons: Map<number, number[]>;
  details: Map<number, RelationDetail>;
}

let taken = 0;

/** Rows that are asked for at once: some milliseconds of work, then others have their turn. */
const ROWS = 1_000;

/** Hands each row on as it arrives, and asks for so many at a time, so that a large catalogue is never worked on in one go. */
async function each(
  client: pg.ClientBase,
  text: string,
  values: unknown[],
  row: (row: unknown[]) => void,
): Promise<void> {
  const query = new pg.Query<unknown[]>({ text, values, rowMode: 'array', rows: ROWS } as pg.QueryConfig);
  await new Promise<void>((resolve, reject) => {
    query.on('row', (values) => row(values));
    query.on('end', () => resolve());
    query.on('error', reject);
    client.query(query);
  });
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
  const result = await client.query<string[]>({ text: FINGERPRINT, rowMode: 'array' });
  return String(result.rows[0]?.[0]);
}

/** Whether the columns of the relations that `snapshot` knows in detail are still what they were. */
export async function detailsHold(client: pg.ClientBase, snapshot: Snapshot): Promise<boolean> {
  const own = [...snapshot.details].filter(([oid]) => oid >= FIRST_OWN_OID);
  const found = new Map<number, string>();
  await each(client, STAMPS, [own.map(([oid]) => oid)], ([oid, stamp]) => found.set(number(oid), String(stamp)));
  return own.every(([oid, detail]) => (found.get(oid) ?? '') === detail.stamp);
}

/** Reads the whole catalogue of the database that `client` is connected to. */
export async function takeSnapshot(client: pg.ClientBase, previous: Snapshot | null = null): Promise<Snapshot> {
  return consistently(client, async () => {
    const snapshot = empty();
    const into = (text: string, row: (row: unknown[]) => void) => each(client, text, [], row);
    await into(SNAPSHOT.server, (row) => {
      snapshot.version = number(row[0]);
      snapshot.temporaries = row[2] === true;
    });
    await into(SNAPSHOT.schemas, ([schema, usable]) =>
      (usable === true ? snapshot.open : snapshot.closed).add(String(schema)),
    );
    await into(SNAPSHOT.relations, (row) => {
      const relation = relationRow(row);
      push(snapshot.relations, relation.name, relation);
      snapshot.relationByOid.set(relation.oid, relation);
      if (relation.rowType !== 0) snapshot.relationByRowType.set(relation.rowType, relation);
    });
    await into(SNAPSHOT.parents, ([child, parent, plain]) => {
      push(snapshot.parents, number(child), number(parent));
      if (plain === true) push(snapshot.children, number(parent), number(child));
    });
    await into(SNAPSHOT.references, ([to, from]) => push(snapshot.references, number(to), number(from)));
    await into(SNAPSHOT.cascades, (row) => push(snapshot.cascades, number(row[0]), cascadeRow(row)));
    await into(SNAPSHOT.functions, (row) => {
      const fn = functionRow(row);
      push(snapshot.functions, fn.name, fn);
      snapshot.functionByOid.set(fn.oid, fn);
    });
    await into(SNAPSHOT.operators, (row) => {
      const operator = operatorRow(row);
      push(snapshot.operators, operator.name, operator);
      snapshot.operatorByOid.set(operator.oid, operator);
    });
    await into(SNAPSHOT.types, (row) => {
      const type = typeRow(row);
      push(snapshot.types, type.name, type);
      snapshot.typeByOid.set(type.oid, type);
    });
    await into(SNAPSHOT.casts, (row) => {
      const cast = castRow(row);
      push(snapshot.casts, cast.source, cast);
      if (cast.function >= FIRST_OWN_OID) push(snapshot.ownCasts, cast.target, cast);
    });
    await into(SNAPSHOT.ranges, ([range, multirange, subtype, functions]) => {
      const parts = { subtype: number(subtype), functions: numbers(functions).filter(Boolean) };
      snapshot.rangeParts.set(number(range), parts);
      snapshot.rangeParts.set(number(multirange), parts);
    });
    await into(SNAPSHOT.aggregates, ([oid, parts, sort]) => {
      snapshot.aggregateParts.set(number(oid), numbers(parts).filter(Boolean));
      if (number(sort) !== 0) snapshot.aggregateSorts.set(number(oid), number(sort));
    });
    await into(SNAPSHOT.operatorSupport, ([operator, fn]) =>
      push(snapshot.operatorSupport, number(operator), number(fn)),
    );
    const supportOf = (relation: unknown) => {
      const known = snapshot.relationSupport.get(number(relation)) ?? { run: [], inlined: [], operators: [] };
      snapshot.relationSupport.set(number(relation), known);
      return known;
    };
    await into(SNAPSHOT.searchSupport, ([relation, fn]) => supportOf(relation).run.push(number(fn)));
    await into(SNAPSHOT.writeSupport, ([relation, fn]) => push(snapshot.writeSupport, number(relation), number(fn)));
    await into(SNAPSHOT.changesFurther, ([relation]) => void snapshot.changesFurther.add(number(relation)));
    await into(SNAPSHOT.countsLess, ([less]) => {
      snapshot.countsLess = less === true;
    });
    await into(SNAPSHOT.planned, ([relation, tree]) => {
      const own = (oid: number) => oid >= FIRST_OWN_OID;
      const found = foldable(String(tree));
      const support = supportOf(relation);
      support.run.push(...found.functions.filter(own));
      support.operators.push(...found.operators.filter(own));
      support.inlined.push(
        ...found.inlined.filter((oid) => own(oid) && snapshot.functionByOid.get(oid)?.language === 'sql'),
      );
    });
    await into(SNAPSHOT.defaults, (row) => addReached(snapshot.argumentDefaults, row, snapshot.version));
    await into(SNAPSHOT.bodies, (row) => addReached(snapshot.resolvedBodies, row, snapshot.version));
    await into(SNAPSHOT.ownColumnTypes, ([relation, type]) =>
      push(snapshot.ownColumnTypes, number(relation), number(type)),
    );
    await into(SNAPSHOT.domains, (row) => addReached(snapshot.domainChecks, row, snapshot.version));
    await into(SNAPSHOT.comparisons, ([type, fn]) => push(snapshot.comparisons, number(type), number(fn)));
    snapshot.fingerprint = await catalogueFingerprint(client);
    keepServersOwn(previous, snapshot);
    return snapshot;
  });
}

function empty(): Snapshot {
  return {
    id: `${++taken}`,
    version: 0,
    fingerprint: '',
    closed: new Set(),
    open: new Set(),
    temporaries: false,
    relations: new Map(),
    relationByOid: new Map(),
    relationByRowType: new Map(),
    parents: new Map(),
    children: new Map(),
    references: new Map(),
    cascades: new Map(),
    functions: new Map(),
    functionByOid: new Map(),
    operators: new Map(),
    operatorByOid: new Map(),
    casts: new Map(),
    ownCasts: new Map(),
    types: new Map(),
    typeByOid: new Map(),
    aggregateParts: new Map(),
    aggregateSorts: new Map(),
    operatorSupport: new Map(),
    relationSupport: new Map(),
    writeSupport: new Map(),
    changesFurther: new Set(),
    countsLess: true,
    rangeParts: new Map(),
    domainChecks: new Map(),
    resolvedBodies: new Map(),
    ownColumnTypes: new Map(),
    argumentDefaults: new Map(),
    comparisons: new Map(),
    details: new Map(),
  };
}

/** The server's own relations stay as they are while it runs the same major version. */
function keepServersOwn(previous: Snapshot | null, snapshot: Snapshot): void {
  if (previous?.version !== snapshot.version) return;
  for (const [oid, detail] of previous.details) if (oid < FIRST_OWN_OID) snapshot.details.set(oid, detail);
}

/** Fetches the details of these relations and adds them. */
export async function fetchDetails(client: pg.ClientBase, snapshot: Snapshot, oids: number[]): Promise<void> {
  await consistently(client, async () => {
    const columns = new Map<number, RelationDetail['columns']>();
    const foreign = new Map<number, number[]>();
    const stamps = new Map<number, string>();
    const rules = new Map<number, Reached>();
    const policies = new Map<number, Reached>();
    const writesThrough = new Map<number, number>();
    const into = (text: string, row: (row: unknown[]) => void) => each(client, text, [oids], row);
    await into(DETAILS.columns, ([oid, name, type, at]) =>
      push(columns, number(oid), { name: String(name), type: number(type), number: number(at) }),
    );
    await into(DETAILS.rules, (row) => addReached(rules, row, snapshot.version));
    await into(DETAILS.writesThrough, ([view, base]) => {
      if (base !== null) writesThrough.set(number(view), number(base));
    });
    await into(DETAILS.policies, (row) => addReached(policies, row, snapshot.version));
    await into(DETAILS.foreign, ([oid, child]) => push(foreign, number(oid), number(child)));
    await into(STAMPS, ([oid, stamp]) => stamps.set(number(oid), String(stamp)));
    for (const oid of oids) {
      snapshot.details.set(oid, {
        columns: columns.get(oid) ?? [],
        rule: rules.get(oid) ?? null,
        writesThrough: writesThrough.get(oid) ?? null,
        policies: policies.get(oid) ?? null,
        foreignChildren: foreign.get(oid) ?? [],
        stamp: stamps.get(oid) ?? '',
      });
    }
  });
}
