// Facts that are equal are one object, so that what is known of facts (a decision, a hash) is known of all statements that have them.
import type { Analysis } from './analysis.ts';
import type { StatementFacts } from './facts.ts';

export interface SharedFacts {
  /** The same analysis with its facts shared; `bytes`: what it takes in memory, roughly. */
  share(analysis: Analysis): { analysis: Analysis; bytes: number };
}

const MOST = 2_000;
const MOST_CHARACTERS = 8_000_000;
/** Of a statement without its text and facts: its mechanics are a few flags and names. */
const STATEMENT_BYTES = 400;

/** Compared whole after analysis, literals and all that depends on them included: never by a text. Two generations, as the cache of facts. */
export function makeSharedFacts(): SharedFacts {
  let young = new Map<string, StatementFacts>();
  let old = new Map<string, StatementFacts>();
  let characters = 0;
  const one = (facts: StatementFacts, key: string): StatementFacts => {
    const known = young.get(key);
    if (known) return known;
    if (young.size >= MOST || characters + key.length > MOST_CHARACTERS) {
      old = young;
      young = new Map();
      characters = 0;
    }
    const shared = old.get(key) ?? facts;
    young.set(key, shared);
    characters += key.length;
    return shared;
  };
  return {
    share(analysis) {
      if (analysis.kind !== 'statements') return { analysis, bytes: JSON.stringify(analysis).length };
      let bytes = 0;
      const statements = analysis.statements.map((statement) => {
        const key = JSON.stringify(statement.facts);
        const facts = one(statement.facts, key);
        bytes += STATEMENT_BYTES + statement.text.length + (facts === statement.facts ? 2 * key.length : 0);
        return facts === statement.facts ? statement : { ...statement, facts };
      });
      return { analysis: { ...analysis, statements }, bytes };
    },
  };
}
