// One statement's facts: what its words say (classify), then what its names mean.
import type { AnalysedStatement, AnalysisContext } from './analysis.ts';
import { classify } from './classify.ts';
import { type FactLimits, Findings } from './findings.ts';
import { normalize } from './normalize.ts';
import type { Structure, StructureLimits } from './structure.ts';
import { type Refusal, refusal } from './text.ts';
import { child, strings, text, type TypedNode } from './tree.ts';
import { judgeWhere } from './where.ts';

export interface StatementLimits {
  facts: FactLimits;
  structure: StructureLimits;
}

export function analyseStatement(
  node: TypedNode,
  structure: Structure,
  sql: string,
  context: AnalysisContext,
  limits: StatementLimits,
): AnalysedStatement | Refusal {
  const found = new Findings();
  const mechanics = classify(node, context.mode, found);
  if (structure.unknown.length > 0) found.floor.add('unknown_node');
  for (const named of structure.named) {
    if (named.type === 'RangeVar') {
      found.relation({
        schema: text(named.body.schemaname) || null,
        name: text(named.body.relname),
        kind: 'unknown',
        access: 'select',
        via: null,
      });
    } else if (named.type === 'FuncCall') {
      const names = strings(named.body.funcname);
      const schema = names.length > 1 ? (names.at(-2) ?? null) : null;
      found.function({ schema, name: names.at(-1) ?? '', signature: null, volatility: 'unknown', vetted: true });
    } else if (named.type === 'SelectStmt') inSelect(named, found);
  }
  if (node.type === 'UpdateStmt' || node.type === 'DeleteStmt') found.sawWhere(judgeWhere(child(node, 'whereClause')));
  const facts = found.facts(node.type, normalize(sql));
  if (found.relations.size > limits.facts.relations || found.functions.size > limits.facts.functions) {
    return refusal('limit_exceeded', 'the statement names more relations or functions than can be judged');
  }
  return { facts, mechanics, text: sql };
}

function inSelect(select: TypedNode, found: Findings): void {
  if (child(select, 'intoClause')) found.effects.add('ddl').add('write');
  if (select.body.lockingClause !== undefined) {
    found.effects.add('lock');
    found.flags.locking = true;
  }
}
