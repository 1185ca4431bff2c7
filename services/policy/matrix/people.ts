import type { Principal } from '../../contract/words.ts';

/** Tokens of one person, kind and way to elevate, as one principal; their groups are those of all of these. */
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
