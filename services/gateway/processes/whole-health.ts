// Readiness and metrics of a whole host, asked of each of its processes.
import type { HealthState } from './host.ts';
import { lastingOf, mergedMetrics, type MetricsJson } from './merged-metrics.ts';
import { mergedReadiness } from './merged-readiness.ts';
import type { Running, Slot } from './slot.ts';

export interface WholeHealth {
  readiness(): Promise<HealthState>;
  metrics(): Promise<string>;
  /** What it counted stays in the sum. */
  ended(running: Running): void;
}

/** A process that has not answered by then is left out. */
const ANSWER_MS = 2_000;

/** `restarts`: how many processes were started again because they had ended by themselves. */
export function makeWholeHealth(slots: () => readonly Slot[], restarts: () => number): WholeHealth {
  /** Of processes that are gone. */
  let lasting: Promise<MetricsJson> = Promise.resolve([]);
  const ask = <T>(running: Running | null, what: string): Promise<T | null> =>
    running?.serves ? running.exchange.ask<T>(what, null, ANSWER_MS).catch(() => null) : Promise.resolve(null);

  const countedBy = async (running: Running): Promise<MetricsJson> => {
    const fresh = await ask<MetricsJson>(running, 'metrics');
    if (fresh === null) return running.metrics ? lastingOf([running.metrics]) : [];
    running.metrics = fresh;
    return fresh;
  };

  return {
    async readiness() {
      const seen = slots().map(async ({ running, trouble }, i) => {
        const state = await ask<HealthState>(running, 'readiness');
        return { slot: i + 1, state, trouble: state === null && running?.serves ? 'it does not answer' : trouble };
      });
      return mergedReadiness(await Promise.all(seen));
    },
    async metrics() {
      const own: MetricsJson = [
        {
          name: 'sudoql_process_restarts_total',
          help: '',
          type: 'counter' as never,
          collect: () => {},
          aggregator: 'sum',
          values: [{ value: restarts(), labels: {} }],
        },
      ];
      const living = await Promise.all(slots().flatMap(({ running }) => (running ? [countedBy(running)] : [])));
      return mergedMetrics([...living, await lasting, own]);
    },
    ended(running) {
      const { metrics } = running;
      if (metrics) lasting = lasting.then((before) => lastingOf([before, metrics]));
    },
  };
}
