// Two JSON values, line by line: what is only in the left with "-", only in the right with "+".

/** A sequence of lines, unchanged ones indented by two spaces. Sets come from Rego sorted, so equal ones are equal here. */
export function diffValues(left: unknown, right: unknown): string[] {
  const a = JSON.stringify(left, null, 2).split('\n');
  const b = JSON.stringify(right, null, 2).split('\n');
  if (a.length * b.length > 250_000) return [`- ${JSON.stringify(left)}`, `+ ${JSON.stringify(right)}`];
  // common[i][j]: length of the longest common subsequence of a from i and b from j.
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = common[i];
    if (!row) continue;
    for (let j = b.length - 1; j >= 0; j--)
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i++]}`);
      j++;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${a[i++]}`);
    else lines.push(`+ ${b[j++]}`);
  }
  return lines;
}
