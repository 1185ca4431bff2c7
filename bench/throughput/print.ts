import type { WayName } from '../stage/way.ts';
import { type Point, ratioOf, type Spread, spreadOf } from './point.ts';

const ORDER: readonly WayName[] = ['direct', 'pgbouncer', 'relay', 'gateway'];

/** A point as lines: every way's figure with its spread, its ratios, and CPU. */
export function printPoint(point: Point): void {
  console.log(`\n${point.part}: ${point.name} (${point.unit}${point.better === 'less' ? ', less is better' : ''})`);
  for (const way of ORDER) {
    const why = point.failed[way];
    if (why !== undefined) console.log(`  ${way.padEnd(10)} failed: ${why}`);
    const figures = point.ways[way];
    if (!figures) continue;
    const value = spreadOf(figures.map((figure) => figure.value));
    const ratios = (['direct', 'pgbouncer'] as const)
      .filter((by) => by !== way && (way === 'gateway' || way === 'relay' || by === 'direct'))
      .map((by) => [by, ratioOf(point, way, by)] as const)
      .flatMap(([by, ratio]) => (ratio ? [`${spread(ratio, 3)} × ${by}`] : []));
    console.log(`  ${way.padEnd(10)} ${value ? spread(value, 1).padEnd(30) : ''} ${ratios.join('  ')}`.trimEnd());
    const beside = [...cpu(point, way), ...more(point, way)];
    if (beside.length > 0) console.log(`  ${''.padEnd(10)} ${beside.join('  ')}`);
  }
}

/** The README's table: medians of ratios, with the least and the most in brackets. */
export function markdown(points: readonly Point[]): string {
  const lines = points.map((point) => {
    const by = (way: WayName, of: WayName) => {
      const ratio = ratioOf(point, way, of);
      return ratio ? `${number(ratio.median, 2)} (${number(ratio.min, 2)}–${number(ratio.max, 2)})` : '';
    };
    const cost = (['gateway', 'ledger', 'target'] as const).map((part) => cpuOf(point, 'gateway', part));
    return `| ${point.name} | ${by('gateway', 'pgbouncer')} | ${by('gateway', 'direct')} | ${by('relay', 'pgbouncer')} | ${cost.map((value) => (value === null ? '–' : number(value, 0))).join(' / ')} |`;
  });
  return [
    '| what | gateway ÷ pgbouncer | gateway ÷ direct | bare relay ÷ pgbouncer | CPU µs a statement: gateway / ledger / target |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function cpuOf(point: Point, way: WayName, part: keyof NonNullable<Point['ways']['direct']>[number] | string) {
  const values = (point.ways[way] ?? []).flatMap(({ cpu: used }) => {
    const value = (used as Record<string, number> | undefined)?.[part];
    return value === undefined ? [] : [value];
  });
  return spreadOf(values)?.median ?? null;
}

function cpu(point: Point, way: WayName): string[] {
  const parts = Object.keys(point.ways[way]?.[0]?.cpu ?? {});
  if (parts.length === 0) return [];
  const each = parts.map((part) => `${part} ${number(cpuOf(point, way, part) ?? Number.NaN, 1)}`);
  return [`CPU µs a statement: ${each.join(', ')}`];
}

function more(point: Point, way: WayName): string[] {
  return Object.keys(point.ways[way]?.[0]?.more ?? {}).map((name) => {
    const values = (point.ways[way] ?? []).map((figure) => figure.more?.[name] ?? Number.NaN);
    return `${name} ${number(spreadOf(values)?.median ?? Number.NaN, 2)}`;
  });
}

function spread({ min, median, max }: Spread, digits: number): string {
  return `${number(median, digits)} (${number(min, digits)} … ${number(max, digits)})`;
}

function number(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
