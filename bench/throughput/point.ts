// One thing measured by every way, in turn, round by round.
import { environment, type Mode, type Way, type WayName } from '../stage/way.ts';
import { type Load, type Run, runPgbench } from '../stage/pgbench.ts';
import type { Part, Stage } from '../stage/stage.ts';
import { quantile } from '../measure.ts';

export interface Figure {
  /** What is compared. */
  value: number;
  /** Microseconds of CPU a statement. */
  cpu?: Partial<Record<Part, number>>;
  /** What else was seen, by its name. */
  more?: Record<string, number>;
}

export interface Point {
  part: string;
  name: string;
  /** Of its figures. */
  unit: string;
  /** Whether more is better: then ratios are of the way by the other, as they are otherwise. */
  better: 'more' | 'less';
  /** Of each way, a figure a round. */
  ways: Partial<Record<WayName, Figure[]>>;
  /** Why a way has none. */
  failed: Partial<Record<WayName, string>>;
}

export interface Measured {
  part: string;
  name: string;
  unit: string;
  better?: 'more' | 'less';
  ways: readonly Way[];
  rounds: number;
  /** Not counted; before the rounds. */
  warm?(way: Way): Promise<unknown>;
  measure(way: Way): Promise<Figure>;
}

/** Seconds until V8 has optimised what a load needs of the gateway or the relay; what serves for days has that behind it. */
const WARM_S = 12;

/** A way that fails is said and left out of the rounds that follow. */
export async function measurePoint({
  part,
  name,
  unit,
  better = 'more',
  ways,
  rounds,
  warm = async () => {},
  measure,
}: Measured): Promise<Point> {
  const point: Point = { part, name, unit, better, ways: {}, failed: {} };
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) {
      if (point.failed[way.name] !== undefined) continue;
      try {
        if (round === 0) await warm(way);
        const figure = await measure(way);
        point.ways[way.name] = [...(point.ways[way.name] ?? []), figure];
      } catch (error) {
        point.failed[way.name] = error instanceof Error ? error.message : String(error);
        delete point.ways[way.name];
      }
    }
  }
  return point;
}

export interface LoadPoint extends Omit<Measured, 'measure' | 'unit' | 'warm'> {
  stage: Stage;
  load: Load;
  mode: Mode;
  tls?: boolean;
}

/** Transactions a second of a load of pgbench's. */
export function measureLoad({ stage, load, mode, tls = false, ...rest }: LoadPoint): Promise<Point> {
  const run = (way: Way, seconds: number) =>
    runPgbench({ ...load, seconds }, environment(way, mode, tls), partsOf(stage, way));
  return measurePoint({
    ...rest,
    unit: 'tps',
    warm: (way) => run(way, WARM_S),
    measure: async (way) => figureOf(await run(way, load.seconds)),
  });
}

/** The parts that a statement's way crosses. */
export function partsOf(stage: Stage, way: Way): Stage['pids'] {
  const { gateway, ledger, pgbouncer, relay, target } = stage.pids;
  const pick = (parts: Record<string, number | undefined>) =>
    Object.fromEntries(Object.entries(parts).filter(([, pid]) => pid !== undefined)) as Stage['pids'];
  switch (way.name) {
    case 'direct':
      return pick({ target });
    case 'pgbouncer':
      return pick({ pgbouncer, target });
    case 'relay':
      return pick({ relay, target });
    case 'gateway':
      return pick({ gateway, ledger, target });
  }
}

function figureOf({ tps, latency, cpu }: Run): Figure {
  return { value: tps, cpu, more: { latency_ms: latency } };
}

export interface Spread {
  min: number;
  median: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { min: quantile(values, 0), median: quantile(values, 0.5), max: quantile(values, 1) };
}

/** One way's figures by another's, round by round. Null where either has none. */
export function ratioOf(point: Point, way: WayName, by: WayName): Spread | null {
  const [above, below] = [point.ways[way] ?? [], point.ways[by] ?? []];
  const rounds = Math.min(above.length, below.length);
  return spreadOf(above.slice(0, rounds).map(({ value }, i) => value / (below[i]?.value ?? Number.NaN)));
}
