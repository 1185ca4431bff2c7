// How every figure is taken: the ways in turn, A B A B, in one run; medians, and ratios round by round.

/** The q-quantile (0…1) of a list of numbers. Throws on an empty list. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  if (value === undefined) throw new Error('No values to take a quantile of.');
  return value;
}

/** Milliseconds that `act` takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

export interface Way {
  name: string;
  /** One round; resolves to its figure (ms, tps, …). */
  round: () => Promise<number>;
}

/** Runs the ways alternately, `rounds` times after one that is not counted; prints median, minimum and maximum, and the ratio to the first way round by round. */
export async function compare(title: string, unit: string, ways: Way[], rounds: number): Promise<void> {
  const figures = ways.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, way] of ways.entries()) {
      const figure = await way.round();
      if (round >= 0) figures[i]?.push(figure);
    }
  }
  console.log(`\n${title} (${rounds} rounds, in turn)`);
  const base = figures[0] ?? [];
  for (const [i, way] of ways.entries()) {
    const values = figures[i] ?? [];
    const ratios = values.map((value, round) => value / (base[round] ?? Number.NaN));
    const spread = `${quantile(values, 0).toFixed(3)} … ${quantile(values, 1).toFixed(3)}`;
    console.log(
      `  ${way.name.padEnd(24)} ${quantile(values, 0.5).toFixed(3)} ${unit} (${spread})  ratio to ${ways[0]?.name}: ${quantile(ratios, 0.5).toFixed(2)}`,
    );
  }
}

/** Prints p50, p99 and maximum of single figures. */
export function report(title: string, unit: string, values: readonly number[]): void {
  const [p50, p99, max] = [0.5, 0.99, 1].map((q) => quantile(values, q).toFixed(3));
  console.log(`  ${title.padEnd(48)} p50 ${p50} ${unit}  p99 ${p99} ${unit}  max ${max} ${unit}  n ${values.length}`);
}
