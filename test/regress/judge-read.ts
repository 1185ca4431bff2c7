// What read mode says of a statement, by analysis alone.
import type { AnalysedStatement, Analyser } from '../../services/statements/analysis.ts';

/** What a session would have by now: names that PREPARE and DECLARE made, and whether read mode let them. */
export type Made = Map<string, Judgement>;

export interface Judgement {
  /** It ends what other statements began (COMMIT, ROLLBACK TO, DISCARD): a change is theirs. */
  ends: boolean;
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
  made: Made = new Map(),
): Promise<Judgement> {
  const analysis = await analyser.analyse(text, { target: 'regression', mode: 'read', ...names });
  switch (analysis.kind) {
    case 'syntax_error':
      return { verdict: 'not parsed', because: analysis.message, reads: false, ends: false };
    case 'statements':
      return ofStatements(analysis.statements, made);
    case 'command':
    case 'command_not_alone':
      return { verdict: 'refused', because: 'command', reads: false, ends: false };
    case 'refused':
      return { verdict: 'refused', because: `built-in: ${analysis.message}`, reads: true, ends: false };
  }
}

const ENDS = new Set(['TransactionStmt', 'DiscardStmt']);

function ofStatements(statements: AnalysedStatement[], made: Made): Judgement {
  let judged: Judgement = { verdict: 'allowed', because: '', reads: true, ends: false };
  for (const statement of statements) {
    const { prepares, declares, executes, fetches } = statement.mechanics;
    const used = executes === undefined ? (fetches === undefined ? null : `cursor ${fetches}`) : `prepared ${executes}`;
    judged = ofStatement(statement);
    // EXECUTE and FETCH are what was prepared and declared.
    if (judged.verdict === 'allowed' && used !== null) judged = made.get(used) ?? judged;
    if (prepares !== undefined) made.set(`prepared ${prepares}`, judged);
    if (declares !== undefined) made.set(`cursor ${declares}`, judged);
    if (judged.verdict !== 'allowed') return judged;
  }
  const ends = statements.length > 0 && statements.every(({ facts }) => ENDS.has(facts.type));
  return { ...judged, ends };
}

function ofStatement({ facts, mechanics }: AnalysedStatement): Judgement {
  const beyond = facts.effects.filter(
    (effect) => !READS.has(effect) && !(effect === 'dynamic' && mechanics.executes !== undefined),
  );
  const own = facts.functions.filter(({ vetted }) => !vetted);
  const reads =
    READING.has(facts.type) && !beyond.some((effect) => ['write', 'ddl', 'lock'].includes(effect) && own.length === 0);
  const refusal = (because: string): Judgement => ({ verdict: 'refused', because, reads, ends: false });
  if (mechanics.unresolved) return refusal(`unresolved: ${mechanics.unresolved.names.join(', ')}`);
  const users = own.filter(({ schema }) => schema !== 'pg_catalog' && schema !== 'information_schema');
  if (users.length > 0) return refusal(`own: ${users.map(({ signature, name }) => signature ?? name).join(', ')}`);
  if (facts.floor.length > 0) return refusal(`floor: ${facts.floor.join(', ')}`);
  if (own.length > 0) return refusal(`built-in: ${own.map(({ signature, name }) => signature ?? name).join(', ')}`);
  if (facts.relations.some(({ kind }) => kind === 'foreign_table')) return refusal('own: foreign table');
  if (beyond.length > 0) return refusal(`built-in: ${beyond.join(', ')}`);
  return { verdict: 'allowed', because: '', reads: true, ends: false };
}
