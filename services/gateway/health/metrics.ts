// What operators watch, for Prometheus. Names begin with `sudoql_`; no label holds what a client can choose freely.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import { executionsOf } from '../../ledger/entry/executions.ts';

export interface Metrics {
  registry: Registry;
  /** An entry that was handed to the ledger. */
  entry(draft: EntryDraft): void;
  decision(entrypoint: 'statement' | 'elevation' | 'admin', outcome: 'decided' | 'fault', microseconds: number): void;
  /** Permissions of so many statements held on, and policy was not asked. */
  decisionsKept(count: number): void;
  /** A login or upgrade that was refused before there was a session. */
  connectionRefused(code: string): void;
  /** A figure that is asked for when Prometheus asks. One that throws leaves its last value. */
  watch(name: string, help: string, value: () => number | Promise<number>): void;
  /** As `watch`, with one label: its values and their figures. */
  watchBy(
    name: string,
    help: string,
    label: string,
    values: () => Record<string, number> | Promise<Record<string, number>>,
  ): void;
}

const DECISION_BUCKETS_US = [10, 20, 30, 50, 100, 150, 250, 500, 1_000, 5_000, 20_000];
const STATEMENT_BUCKETS_S = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];

export function makeMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'sudoql_' });
  const statements = new Counter({
    name: 'sudoql_statements_total',
    help: 'Statements whose intent was recorded, by mode',
    labelNames: ['mode'],
    registers,
  });
  const outcomes = new Counter({
    name: 'sudoql_statement_outcomes_total',
    help: 'Statements that ended: ok, error, or unknown when the backend was lost before its answer',
    labelNames: ['result'],
    registers,
  });
  const duration = new Histogram({
    name: 'sudoql_statement_seconds',
    help: 'How long statements ran',
    buckets: STATEMENT_BUCKETS_S,
    registers,
  });
  const refused = new Counter({
    name: 'sudoql_statements_refused_total',
    help: 'Statements that did not run, by mode and code (docs/errors.md)',
    labelNames: ['mode', 'code'],
    registers,
  });
  const sessions = new Counter({
    name: 'sudoql_sessions_total',
    help: 'Sessions that were opened, by target',
    labelNames: ['target'],
    registers,
  });
  const elevations = new Counter({
    name: 'sudoql_elevations_total',
    help: 'Elevations by target and event: started, extended, refused, revoked, ended',
    labelNames: ['target', 'event'],
    registers,
  });
  const ends = new Counter({
    name: 'sudoql_elevations_ended_total',
    help: 'Elevations that ended, by why and by whether the target was seen to have lost the backend',
    labelNames: ['why', 'backend'],
    registers,
  });
  const decisions = new Histogram({
    name: 'sudoql_decision_microseconds',
    help: 'How long policy took to decide, in microseconds',
    labelNames: ['entrypoint'],
    buckets: DECISION_BUCKETS_US,
    registers,
  });
  let keptSince = 0;
  new Counter({
    name: 'sudoql_decisions_kept_total',
    help: 'Permissions of statements that held on, so that policy was not evaluated again',
    registers,
    // Counted by hand in between: it is called for each message.
    collect() {
      this.inc(keptSince);
      keptSince = 0;
    },
  });
  const faults = new Counter({
    name: 'sudoql_decision_faults_total',
    help: 'Evaluations that gave no decision, each of them a denial',
    labelNames: ['entrypoint'],
    registers,
  });
  const connections = new Counter({
    name: 'sudoql_connections_refused_total',
    help: 'Connections that were refused before there was a session, by code (docs/errors.md)',
    labelNames: ['code'],
    registers,
  });

  const ended = (result: string, milliseconds: number) => {
    duration.observe(milliseconds / 1_000);
    outcomes.inc({ result });
  };
  const reads = (draft: EntryDraft & { kind: 'reads' }) => {
    if (!draft.runs) return;
    const executions = executionsOf(draft);
    statements.inc({ mode: 'read' }, executions.length);
    for (const { result, durationMs } of executions) if (durationMs !== null) ended(result, durationMs);
    for (const { result, duration_us } of draft.ended) ended(result, duration_us / 1_000);
  };
  const elevation = (target: string, event: string) => elevations.inc({ target, event });
  return {
    registry,
    entry(draft) {
      switch (draft.kind) {
        case 'session_started':
          return sessions.inc({ target: draft.target });
        case 'statement_intent':
          return statements.inc({ mode: draft.mode });
        case 'statement_outcome':
          return ended(draft.result, draft.duration_ms);
        case 'reads':
          return reads(draft);
        case 'statement_refused':
          return refused.inc({ mode: draft.mode, code: draft.code });
        case 'elevation_started':
          return elevation(draft.target, 'started');
        case 'elevation_extended':
          return elevation(draft.target, 'extended');
        case 'elevation_refused':
          return elevation(draft.target, 'refused');
        case 'elevation_revoked':
          return elevation(draft.target, 'revoked');
        case 'elevation_ended':
          ends.inc({ why: draft.why, backend: draft.summary?.backend ?? 'unknown' });
          return elevation(draft.target, 'ended');
        default:
          return undefined;
      }
    },
    decision(entrypoint, outcome, microseconds) {
      if (outcome === 'fault') faults.inc({ entrypoint });
      else decisions.observe({ entrypoint }, microseconds);
    },
    decisionsKept(count) {
      keptSince += count;
    },
    connectionRefused: (code) => connections.inc({ code }),
    watch(name, help, value) {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const figure = await settled(value);
          if (figure !== null) this.set(figure);
        },
      });
    },
    watchBy(name, help, label, values) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        async collect() {
          const figures = await settled(values);
          if (figures === null) return;
          this.reset();
          for (const [key, figure] of Object.entries(figures)) this.set({ [label]: key }, figure);
        },
      });
    },
  };
}

/** Prometheus must get the other figures when one cannot be had: the ledger may be what is down. */
async function settled<T>(look: () => T | Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch {
    return null;
  }
}
