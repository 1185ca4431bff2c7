// One statement's facts: what its words say (classify), then what its names mean.
import { actsAtOnce } from './acts-at-once.ts';
import type { AnalysedStatement, AnalysisContext } from './analysis.ts';
import type { Snapshot } from './catalogue-snapshot.ts';
import { classify } from './classify.ts';
import { type FactLimits, Findings } from './findings.ts';
import { lookUp } from './meaning/meaning.ts';
import { setConfigAsReadOnly } from './meaning/set-config.ts';
import type { Reach } from './meaning/reach.ts';
import type { Work } from './meaning/work.ts';
import { normalize } from './normalize.ts';
import type { RawStatement } from './parser/parse.ts';
import { READ_ONLY } from './settings.ts';
import type { Structure, StructureLimits } from './structure.ts';
import { type Refusal, refusal } from './text.ts';
import { child, type TypedNode } from './tree.ts';
import type { Vetting } from './vetting/verdict.ts';

export interface StatementLimits {
  facts: FactLimits;
  structure: StructureLimits;
}

export interface StatementMeaning {
  snapshot: Snapshot;
  vetting: Vetting;
  /** Of the whole text. */
  work: Work;
}

export interface Looked {
  statement: AnalysedStatement;
  reach: Reach;
}

/** Nodes of a statement beyond which others have their turn between what is done with it: a part then takes some milliseconds. */
const LARGE = 4_000;

/**
 * When `reach.needs` is not empty, the facts are not complete: fetch those details and look again. Yields where other sessions should
 * have their turn.
 */
export function* analyseStatement(
  { node, words }: RawStatement,
  structure: Structure,
  sql: string,
  context: AnalysisContext,
  { snapshot, vetting, work }: StatementMeaning,
  limits: StatementLimits,
): Generator<void, Looked | Refusal> {
  const large = structure.nodes > LARGE;
  if (large) yield;
  const found = new Findings();
  const mechanics = classify(node, context.mode, found, vetting.settings);
  if (structure.unknown.length > 0) found.floor.add('unknown_node');
  const { searchPath, bodyPath, also, remade = null, login, mode, parameterTypes = [] } = context;
  if (mechanics.declares !== undefined) mechanics.declaredUnder = searchPath;
  const reach = lookUp(
    node,
    structure,
    {
      snapshot,
      vetting,
      searchPath,
      ...(bodyPath === undefined ? {} : { bodyPath }),
      also,
      remade,
      login,
      mode,
      parameters: parameterTypes,
      work,
    },
    found,
    mechanics,
  );
  if (large) yield;
  const quiet = mechanics.sets && READ_ONLY.has(mechanics.sets.name) ? setConfigAsReadOnly(node) : undefined;
  if (quiet !== undefined) mechanics.asReadOnly = quiet;
  if (found.unresolved.length > 0) settleUnresolved(found, mechanics, mode);
  if (mode === 'read' && found.holds && !canBeHeld(found, mechanics)) found.floor.add('holdable_cursor');
  if (found.unvetted.length > 0) mechanics.unvetted = found.unvetted;
  if (changesInside(node, structure)) mechanics.uncounted = true;
  if (reach.further) mechanics.further = countedAs(snapshot);
  const { relations, functions, bytes } = limits.facts;
  if (found.relations.size > relations || found.functions.size > functions)
    return refusal(
      'limit_exceeded',
      `the statement reaches more than ${relations} relations or ${functions} functions`,
      'Send it in parts.',
    );
  const facts = found.facts(node.type, words ?? normalize(sql), limits.facts);
  if (actsAtOnce(facts, mechanics, reach)) mechanics.actsAtOnce = true;
  if (JSON.stringify(facts).length > bytes)
    return refusal(
      'limit_exceeded',
      `what the statement reaches takes more than ${bytes} bytes to say`,
      'Send it in parts.',
    );
  return { statement: { facts, mechanics, text: sql }, reach };
}

/**
 * Its query runs once more at COMMIT, behind all that was judged in between: then nothing may run that can do more than read, or that anybody
 * could have replaced since.
 */
function canBeHeld({ functions }: Findings, { reached }: AnalysedStatement['mechanics']): boolean {
  if (reached && reached.functions.length > 0) return false;
  return [...functions.values()].every(
    ({ schema, volatility }) => schema === 'pg_catalog' && (volatility === 'immutable' || volatility === 'stable'),
  );
}

/** The target looks through its tables, for a microsecond each: more are not worth a statement's while. */
const MOST_COUNTED = 2_000;

/** Whether the target's own counts have all that triggers, rules and keys change. */
function countedAs({ relationByOid, countsLess }: Snapshot): NonNullable<AnalysedStatement['mechanics']['further']> {
  if (relationByOid.size > MOST_COUNTED) return 'uncounted';
  return countsLess ? 'in_part' : 'counted';
}

const CHANGES = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** Whether it holds a change of rows beside the one, if any, that its tag counts. */
function changesInside(node: TypedNode, { named }: Structure): boolean {
  const counted = node.type === 'PrepareStmt' ? child(node, 'query') : node;
  return named.filter(({ type }) => CHANGES.has(type)).length > (counted && CHANGES.has(counted.type) ? 1 : 0);
}

/**
 * In read mode nothing with an unknown name runs. In write mode a name may be of this very transaction, which no other
 * connection sees yet: policy is told, a function that cannot be looked up counts as one that cannot be judged.
 */
function settleUnresolved(found: Findings, mechanics: AnalysedStatement['mechanics'], mode: 'read' | 'write'): void {
  const names = [...new Set(found.unresolved.map(({ what }) => what))].slice(0, 20);
  if (mode === 'write') {
    if (names.some((name) => !/^(relation|column) /.test(name))) found.effects.add('dynamic');
    return;
  }
  const harmless = ['read', 'session', 'transaction'];
  const parseOnly =
    found.floor.size === 0 &&
    [...found.effects].every((effect) => harmless.includes(effect)) &&
    found.unresolved.every((each) => each.harmless);
  mechanics.unresolved = { names, parseOnly };
}
