/** Decisions on statements that a gateway's own histogram has counted. */
export interface Decisions {
  count: number;
  /** Microseconds. */
  sum: number;
  /** Upper bound in microseconds → how many took no longer. */
  upTo: Map<number, number>;
}

export async function decisionsOf(http: string): Promise<Decisions> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const figure = (name: string) =>
    Number(
      new RegExp(`^sudoql_decision_seconds_${name}\\{[^}]*entrypoint="statement"[^}]*\\} (\\S+)`, 'm').exec(
        text,
      )?.[1] ?? 0,
    );
  const buckets = [...text.matchAll(/^sudoql_decision_seconds_bucket\{([^}]*)\} (\S+)/gm)]
    .filter(([, labels = '']) => labels.includes('entrypoint="statement"'))
    .map(
      ([, labels = '', count]) =>
        [1e6 * Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace('+Inf', 'Infinity')), Number(count)] as const,
    );
  return { count: figure('count'), sum: 1e6 * figure('sum'), upTo: new Map(buckets) };
}

/** Between two looks, in words. */
export function decisionsBetween(before: Decisions, after: Decisions): string {
  const count = after.count - before.count;
  if (count === 0) return 'no decision was made anew';
  const shares = [...after.upTo]
    .filter(([bound]) => Number.isFinite(bound))
    .map(
      ([bound, upTo]) =>
        `≤ ${bound.toFixed(0)}: ${((100 * (upTo - (before.upTo.get(bound) ?? 0))) / count).toFixed(0)} %`,
    );
  return `${count} decisions, ${((after.sum - before.sum) / count).toFixed(1)} µs on average; ${shares.join(', ')}`;
}
