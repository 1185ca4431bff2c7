// What is traced, where the configuration says so. Loaded then alone.
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../contract/clock.ts';
import type { Attempted } from '../../notifier/deliver.ts';
import type { TraceSettings } from '../config/traces.ts';
import type { Log } from '../log.ts';
import { VERSION } from '../version.ts';
import { type ElevationSpans, makeElevationSpans } from './elevation-spans.ts';
import { type Exporter, makeExporter } from './exporter.ts';
import { makeHttpSpans } from './http-spans.ts';
import { makeNoticeSpans } from './notice-spans.ts';
import { makeStatementSpans, type StatementSpans } from './statement-spans.ts';
import { makeTracer } from './tracer.ts';

export interface Traces extends Pick<Exporter, 'counts' | 'close'> {
  statements: StatementSpans;
  elevations: ElevationSpans;
  http(app: FastifyInstance): void;
  attempted(attempted: Attempted): void;
}

export interface TracesDeps {
  settings: TraceSettings;
  /** Names this process among those that send. */
  replica: string;
  clock: Clock;
  log: Log;
}

export function startTraces({ settings, replica, clock, log }: TracesDeps): Traces {
  const exporter = makeExporter({ settings, resource: { version: VERSION, replica }, log });
  const tracer = makeTracer(exporter, settings.sample);
  return {
    statements: makeStatementSpans(tracer, clock),
    elevations: makeElevationSpans(tracer, clock),
    http: makeHttpSpans(tracer, clock),
    attempted: makeNoticeSpans(tracer, clock),
    counts: exporter.counts,
    close: exporter.close,
  };
}
