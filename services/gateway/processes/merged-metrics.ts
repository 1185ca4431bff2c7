// Metrics of several processes as those of one.
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** As `registry.getMetricsAsJSON()` gives it; each metric says how its figures are put together (`aggregator`). */
export type MetricsJson = MetricObjectWithValues<MetricValue<string>>[];

/** Left out by prom-client, where it means the oldest process. */
const START_TIME = 'process_start_time_seconds';

export function mergedMetrics(all: readonly MetricsJson[]): Promise<string> {
  return AggregatorRegistry.aggregate(known(all)).metrics();
}

/** What only grows, of processes that are gone: what is added up of the whole must not become less. */
export async function lastingOf(all: readonly MetricsJson[]): Promise<MetricsJson> {
  const grows = ({ type }: MetricsJson[number]) => ['counter', 'histogram'].includes(String(type));
  return AggregatorRegistry.aggregate(known(all.map((metrics) => metrics.filter(grows)))).getMetricsAsJSON();
}

/** Without figures that a process does not know yet. */
function known(all: readonly MetricsJson[]): MetricsJson[] {
  return all.map((metrics) =>
    metrics.map((metric) => ({
      ...metric,
      ...(metric.name === START_TIME ? { aggregator: 'min' as const } : {}),
      values: metric.values.filter(({ value }) => !Number.isNaN(value)),
    })),
  );
}
