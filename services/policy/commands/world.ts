// Who and what a policy is asked about, as far as a configuration and its ledger say: targets with their labels, people by their tokens.
import type { Principal, Target } from '../../contract/words.ts';

export interface World {
  targets: Target[];
  /** One for each kind and elevation that somebody has unexpired tokens of; their groups are those of all of these. Null: the ledger did not answer. */
  people: Principal[] | null;
}

/** Tokens of one person, kind and way to elevate, as one principal. */
export function peopleOf(tokens: readonly Principal[]): Principal[] {
  const people = new Map<string, Principal>();
  for (const token of tokens) {
    const key = JSON.stringify([token.id, token.kind, token.elevate]);
    const known = people.get(key);
    const groups = [...new Set([...(known?.groups ?? []), ...token.groups])].sort();
    people.set(key, { ...token, email: known?.email ?? token.email, groups });
  }
  return [...people.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
