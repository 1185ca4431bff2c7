// Layer D: what the names in a statement mean in the target's catalogue, and so what running it can reach.
import type { Mechanics, Resolved } from '../analysis.ts';
import type { Snapshot } from '../catalogue-snapshot.ts';
import { classify } from '../classify.ts';
import { type Remade, remakes } from '../remakes.ts';
import type { Findings } from '../findings.ts';
import { STATEMENT_KINDS } from '../statement-kinds.ts';
import type { Structure } from '../structure.ts';
import { child, list, text, type TypedNode, unwrap } from '../tree.ts';
import type { Vetting } from '../vetting/verdict.ts';
import { typeOf } from './expressions.ts';
import { relationItem, relationsNamed } from './from.ts';
import type { Look } from './look.ts';
import { makeNames, temporaryFirst } from './names.ts';
import { namesIn } from './named-objects.ts';
import { query } from './queries.ts';
import { Reach } from './reach.ts';
import { columnOf, read, readWhole, Scope } from './scope.ts';
import { ANY, makeTypes, TYPE, type Types } from './types.ts';
import type { Work } from './work.ts';

export interface MeaningContext {
  snapshot: Snapshot;
  vetting: Vetting;
  searchPath: string | null;
  /** Where the bodies of functions look their names up, when that is another path. */
  bodyPath?: string | null;
  /** Reached when its names were looked up before. */
  also?: Resolved | undefined;
  /** Names that may mean something else than the snapshot shows. */
  remade?: Remade | null;
  login: string;
  mode: 'read' | 'write';
  /** Declared types of `$n`, by n - 1; 0 where one is left open. */
  parameters: readonly number[];
  /** Throws OverWork when the statement is too much. */
  work: Work;
}

const typesOf = new WeakMap<Snapshot, Types>();

/** Looks up every name in `statement`. What it finds is in `found` and `mechanics`; what it needs first, in the result's `needs`. */
export function lookUp(
  statement: TypedNode,
  structure: Structure,
  context: MeaningContext,
  found: Findings,
  mechanics: Mechanics,
): Reach {
  const { snapshot, vetting, searchPath, remade = null, login, mode, parameters, work } = context;
  const types = typesOf.get(snapshot) ?? makeTypes(snapshot);
  typesOf.set(snapshot, types);
  const temporaries = mode === 'write';
  const names = makeNames(snapshot, { searchPath, login, temporaries, throughClosed: mode === 'write' }, work);
  const place = { searchPath: context.bodyPath === undefined ? searchPath : context.bodyPath, login, temporaries };
  const reach = new Reach(snapshot, types, vetting, found, work, place);
  const look: Look = {
    snapshot,
    names,
    types,
    reach,
    values: reach.values,
    found,
    mechanics,
    remade,
    work,
    mode,
    ownSettings: vetting.settings,
    // A function's parameters have the types that it declares.
    parameters: statement.type === 'CreateFunctionStmt' ? parameters : settled(parameters ?? [], structure),
    seen: new Set(),
    typed: new Map(),
    fields: new Map(),
    origins: new Map(),
    typesNamed: new Map(),
    resolved: new Map(),
  };
  // Bind makes values of the declared types, whatever the statement does with them: a domain's CHECK runs then.
  for (const type of parameters ?? []) look.values.make(type);
  for (const oid of context.also?.functions ?? []) reach.hidden(oid);
  for (const type of context.also?.types ?? []) look.values.make(type);
  inStatement(look, statement, structure);
  if (reach.bodies.changesPath) mechanics.searchPath = null;
  const temporary = mode === 'read' && snapshot.temporaries && reach.asksForSchema;
  if (temporary && temporaryFirst(snapshot, place.searchPath, login)) found.effects.add('ddl');
  if (mode === 'write') {
    const made = remakes(statement, (node) => relationsNamed(look, node).some(({ kind }) => kind === 'v'));
    if (made) mechanics.remakes = made;
  }
  const own = reach.own();
  if (own) mechanics.reached = own;
  // A name that nothing looked at could mean anything.
  if (structure.named.some((node) => !look.seen.has(node.body))) found.floor.add('unknown_node');
  return reach;
}

/** A parameter that is left open and stands in one place only is resolved like a literal there. */
function settled(declared: readonly number[], structure: Structure): (number | undefined)[] {
  const places = new Map<number, number>();
  for (const { type, body } of structure.named)
    if (type === 'ParamRef') places.set(Number(body.number ?? 0), (places.get(Number(body.number ?? 0)) ?? 0) + 1);
  const types: (number | undefined)[] = [...declared];
  for (const [number, count] of places) if (count === 1) types[number - 1] ||= TYPE.unknown;
  return types;
}

function inStatement(look: Look, statement: TypedNode, structure: Structure): void {
  if (statement.type === 'ExecuteStmt') {
    look.seen.add(statement.body);
    for (const argument of list(statement.body.params)) typeOf(look, unwrap(argument), new Scope(null));
    return;
  }
  switch (STATEMENT_KINDS.get(statement.type)?.meaning) {
    case 'query':
      query(look, statement, null);
      return;
    case 'inner':
      inner(look, statement, structure);
      return;
    case 'names':
    case 'plain':
      namesIn(look, statement, structure);
      return;
    case undefined:
      look.found.floor.add('unknown_node');
  }
}

/** EXPLAIN, PREPARE, DECLARE, COPY, CREATE TABLE AS, CREATE VIEW: the statement inside counts with its own effects. */
function inner(look: Look, statement: TypedNode, structure: Structure): void {
  const { found, mechanics } = look;
  const scope = new Scope(null);
  const columns = list(statement.body.attlist);
  const relation = child(statement, 'relation') ?? child(statement, 'view');
  if (statement.type === 'CopyStmt' && relation) copied(look, statement, relation, columns.length > 0, scope);
  else if (relation) made(look, relation);
  const target = child(statement, 'into');
  const created = target && child(target, 'rel');
  if (created) made(look, created);
  if (statement.type === 'PrepareStmt') {
    const declared = list(statement.body.argtypes).map((type) => typeOf(look, unwrap(type), scope));
    // What EXECUTE gives becomes one of these, by whatever cast there is.
    for (const type of declared) look.values.cast(ANY, type, true);
    if (declared.length > 0) look.parameters = declared;
    // The others become what is made of them here, by whatever cast there is from what EXECUTE gives.
    const open = ({ type, body }: TypedNode) => type === 'ParamRef' && Number(body.number ?? 0) > declared.length;
    look.values.literalsGivenLater ||= structure.named.some(open);
  }
  const within = child(statement, 'query');
  if (!within) return;
  const flags = { ...found.flags };
  const { executes } = classify(within, look.mode, found);
  Object.assign(found.flags, { returns_rows: flags.returns_rows, explain: flags.explain });
  if (executes !== undefined) mechanics.executes = executes;
  inStatement(look, within, structure);
}

function copied(look: Look, statement: TypedNode, relation: TypedNode, someColumns: boolean, scope: Scope): void {
  const names = list(statement.body.attlist).map((name) => text(unwrap(name)?.body.sval));
  const from = statement.body.is_from === true;
  const written = from ? (someColumns ? names : null) : [];
  const item = relationItem(look, relation, from ? 'copy_from' : 'copy_to', written);
  if (!from && someColumns) for (const name of names) read(columnOf(item, name));
  else if (!from) readWhole(item);
  for (const column of item.columns ?? []) {
    if (someColumns ? !names.includes(column.name) : column.hidden) continue;
    if (column.secret) look.found.floor.add('secret_relation');
    look.values.output(column.type);
    look.values.compare(column.type);
    if (from) look.values.make(column.type);
  }
  typeOf(look, child(statement, 'whereClause'), scope.with([item]));
}

function made(look: Look, relation: TypedNode): void {
  look.seen.add(relation.body);
  look.found.relation({
    schema: text(relation.body.schemaname) || null,
    name: text(relation.body.relname),
    kind: 'unknown',
    access: 'ddl',
    via: null,
  });
}
