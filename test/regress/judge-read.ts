// What read mode says of a statement, by analysis alone.
import type { AnalysedStatement, Analyser } from '../../services/statements/analysis.ts';

export interface Judgement {
  verdict: 'allowed' | 'refused' | 'not parsed';
  /** `built-in: …`, `own: …`, `unresolved: …`, `floor: …`: which kind of reason, and its words. */
  because: string;
  /** The statement is a read by its own kind: what was refused may be a false refusal. */
  reads: boolean;
}

const READS = new Set(['read', 'session', 'transaction']);
const READING = new Set([
  'SelectStmt',
  'ExplainStmt',
  'VariableShowStmt',
  'DeclareCursorStmt',
  'FetchStmt',
  'ClosePortalStmt',
  'PrepareStmt',
  'ExecuteStmt',
  'CopyStmt',
]);

export async function judgeRead(
  analyser: Analyser,
  text: string,
  names: { searchPath: string; login: string },
): Promise<Judgement> {
  const analysis = await analyser.analyse(text, { target: 'regression', mode: 'read', ...names });
  switch (analysis.kind) {
    case 'syntax_error':
      return { verdict: 'not parsed', because: analysis.message, reads: false };
    case 'statements':
      return ofStatements(analysis.statements);
    case 'command':
    case 'command_not_alone':
      return { verdict: 'refused', because: 'command', reads: false };
    case 'refused':
      return { verdict: 'refused', because: `built-in: ${analysis.message}`, reads: true };
  }
}

function ofStatements(statements: AnalysedStatement[]): Judgement {
  for (const { facts, mechanics } of statements) {
    const beyond = facts.effects.filter(
      (effect) => !READS.has(effect) && !(effect === 'dynamic' && mechanics.executes !== undefined),
    );
    const own = facts.functions.filter(({ vetted }) => !vetted);
    const reads =
      READING.has(facts.type) &&
      !beyond.some((effect) => ['write', 'ddl', 'lock'].includes(effect) && own.length === 0);
    const refusal = (because: string): Judgement => ({ verdict: 'refused', because, reads });
    if (mechanics.unresolved) return refusal(`unresolved: ${mechanics.unresolved.names.join(', ')}`);
    const users = own.filter(({ schema }) => schema !== 'pg_catalog' && schema !== 'information_schema');
    if (users.length > 0) return refusal(`own: ${users.map(({ signature, name }) => signature ?? name).join(', ')}`);
    if (facts.floor.length > 0) return refusal(`floor: ${facts.floor.join(', ')}`);
    if (own.length > 0) return refusal(`built-in: ${own.map(({ signature, name }) => signature ?? name).join(', ')}`);
    if (facts.relations.some(({ kind }) => kind === 'foreign_table')) return refusal('own: foreign table');
    if (beyond.length > 0) return refusal(`built-in: ${beyond.join(', ')}`);
  }
  return { verdict: 'allowed', because: '', reads: true };
}
