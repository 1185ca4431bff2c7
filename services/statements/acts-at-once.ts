// Whether a statement may do what neither its error nor the end of its transaction takes back: tell another server, commit by itself, lock for
// others beyond the transaction, run what nobody looked at. What is not known to wait for COMMIT counts as acting.
import type { Mechanics } from './analysis.ts';
import type { StatementFacts } from './facts.ts';
import type { Reach } from './meaning/reach.ts';

/** Kinds that PostgreSQL undoes with their transaction, but for what their functions and triggers do. */
const UNDONE: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'TransactionStmt',
  'VariableSetStmt',
  'VariableShowStmt',
  'DeclareCursorStmt',
  'FetchStmt',
  'ClosePortalStmt',
  'PrepareStmt',
  'ExecuteStmt',
  'DeallocateStmt',
]);

const EFFECTS: ReadonlySet<string> = new Set(['read', 'write', 'lock', 'session', 'transaction']);

/** Of EXECUTE and FETCH by themselves: what they run is asked apart. */
export function actsAtOnce({ type, effects, flags }: StatementFacts, mechanics: Mechanics, reach: Reach): boolean {
  if (!UNDONE.has(type) || !flags.resolved || mechanics.commitsItself || reach.actsAtOnce) return true;
  // EXECUTE counts as dynamic; an argument of its own that is has said so above.
  return effects.some((effect) => !EFFECTS.has(effect) && !(effect === 'dynamic' && mechanics.executes !== undefined));
}
