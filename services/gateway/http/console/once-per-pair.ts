/** `ask`, once for each person and place: of the many rows of one page most are of the same. */
export function oncePerPair<T extends { principal: string | null; target: string | null }>(
  ask: (of: T) => boolean,
): (of: T) => boolean {
  const known = new Map<string, boolean>();
  return (of) => {
    const pair = JSON.stringify([of.principal, of.target]);
    const said = known.get(pair) ?? ask(of);
    known.set(pair, said);
    return said;
  };
}
