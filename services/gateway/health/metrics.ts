// What operators watch, by Prometheus' conventions: counters end in `_total`, times are seconds, and what can be counted is there
// before it first happens. Names begin with `sudoql_` but for those of the process; no label holds what a client can choose freely.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SQLSTATE } from '../../contract/errors.ts';
import type { EndReason, EntryDraft } from '../../ledger/entry/entry.ts';
import { executionsOf } from '../../ledger/entry/executions.ts';
import type { EntrypointName } from '../../policy/schemas/schemas.ts';
import { VERSION } from '../version.ts';

export interface Metrics {
  registry: Registry;
  /** An entry that was handed to the ledger. */
  entry(draft: EntryDraft): void;
  decision(entrypoint: EntrypointName, outcome: 'decided' | 'fault', microseconds: number): void;
  /** How long somebody waited until an entry was durable. */
  committed(seconds: number): void;
  /** Codes of a decision's reasons. */
  reasons(entrypoint: EntrypointName, codes: readonly string[]): void;
  /** Permissions of so many statements held on, and policy was not asked. */
  decisionsKept(count: number): void;
  /** A login or upgrade that was refused before there was a session. */
  connectionRefused(code: string): void;
  /** A figure that is asked for when Prometheus asks. One that throws leaves its last value. `together`: what that of a host is, of its processes'. */
  watch(name: string, help: string, value: () => number | Promise<number>, together?: Together): void;
  /** Since this process began; the figures only grow. */
  countBy(name: string, help: string, label: string, values: () => Record<string, number>): void;
  /** As `watch`, with one label: its values and their figures. */
  watchBy(
    name: string,
    help: string,
    label: string,
    values: () => Record<string, number> | Promise<Record<string, number>>,
    together?: Together,
  ): void;
}

export type Together = 'sum' | 'min' | 'max' | 'average';

/** Of the whole ledger, and so the same from every process. */
const together = (name: string, said: Together | undefined): Together =>
  said ?? (/^sudoql_ledger_/.test(name) ? 'max' : 'sum');

const MOST_CODES = 500;
const DECISION_BUCKETS_S = [10, 20, 30, 50, 100, 150, 250, 500, 1_000, 5_000, 20_000].map((us) => us / 1_000_000);
const COMMIT_BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2];
const STATEMENT_BUCKETS_S = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];

/** `targets`: by name, as configured. */
export function makeMetrics(targets: readonly string[] = []): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // Gauges with the name of a counter; beside each stands one by type, which says the same.
  for (const kind of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  new Gauge({
    name: 'sudoql_build_info',
    help: 'Which version runs, and on which Node',
    labelNames: ['version', 'node'],
    registers,
    aggregator: 'first',
  }).set({ version: VERSION, node: process.version }, 1);
  new Gauge({ name: 'sudoql_processes', help: 'Processes of this host that serve', registers }).set(1);
  new Counter({
    name: 'sudoql_process_restarts_total',
    help: 'Processes of this host that were started again because they had ended by themselves',
    registers,
  });
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
    name: 'sudoql_decision_seconds',
    help: 'How long policy took to decide',
    labelNames: ['entrypoint'],
    buckets: DECISION_BUCKETS_S,
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
  const reasons = new Counter({
    name: 'sudoql_decision_reasons_total',
    help: 'Reasons that decisions gave, by the code of the rule',
    labelNames: ['entrypoint', 'code'],
    registers,
  });
  /** A rule may make its code of what it was given: so many are told apart. */
  const codes = new Set<string>();
  const connections = new Counter({
    name: 'sudoql_connections_refused_total',
    help: 'Connections that were refused before there was a session, by code (docs/errors.md)',
    labelNames: ['code'],
    registers,
  });

  const commits = new Histogram({
    name: 'sudoql_ledger_commit_seconds',
    help: 'How long what waited for the ledger waited until it was durable',
    buckets: COMMIT_BUCKETS_S,
    registers,
  });
  for (const mode of ['read', 'write']) {
    statements.inc({ mode }, 0);
    for (const code of Object.keys(SQLSTATE)) refused.inc({ mode, code }, 0);
  }
  for (const result of ['ok', 'error', 'unknown']) outcomes.inc({ result }, 0);
  for (const code of Object.keys(SQLSTATE)) connections.inc({ code }, 0);
  for (const target of targets) {
    sessions.inc({ target }, 0);
    for (const event of ['started', 'extended', 'refused', 'revoked', 'ended']) elevations.inc({ target, event }, 0);
  }
  for (const why of Object.keys(END_REASONS)) {
    for (const backend of ['gone', 'unconfirmed']) ends.inc({ why, backend }, 0);
  }
  for (const entrypoint of ['statement', 'elevation', 'admin', 'approval']) {
    decisions.zero({ entrypoint });
    faults.inc({ entrypoint }, 0);
  }

  const ended = (result: string, milliseconds: number) => {
    duration.observe(milliseconds / 1_000);
    outcomes.inc({ result });
  };
  const gathered = (draft: EntryDraft & { kind: 'reads' | 'writes' }) => {
    if (!draft.runs) return;
    const executions = executionsOf(draft);
    statements.inc({ mode: draft.kind === 'reads' ? 'read' : 'write' }, executions.length);
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
        case 'writes':
          return gathered(draft);
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
          ends.inc({ why: draft.why, backend: draft.summary?.backend ?? draft.backend ?? 'unconfirmed' });
          return elevation(draft.target, 'ended');
        default:
          return undefined;
      }
    },
    decision(entrypoint, outcome, microseconds) {
      if (outcome === 'fault') faults.inc({ entrypoint });
      else decisions.observe({ entrypoint }, microseconds / 1_000_000);
    },
    reasons(entrypoint, given) {
      for (const code of given) {
        if (codes.size < MOST_CODES) codes.add(code);
        reasons.inc({ entrypoint, code: codes.has(code) ? code : 'other' });
      }
    },
    decisionsKept(count) {
      keptSince += count;
    },
    committed: (seconds) => commits.observe(seconds),
    connectionRefused: (code) => connections.inc({ code }),
    watch(name, help, value, said) {
      new Gauge({
        name,
        help,
        registers,
        aggregator: together(name, said),
        async collect() {
          const figure = await settled(value);
          if (figure !== null) this.set(figure);
        },
      });
    },
    countBy(name, help, label, values) {
      new Counter({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          for (const [key, figure] of Object.entries(values())) this.inc({ [label]: key }, figure);
        },
      });
    },
    watchBy(name, help, label, values, said) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        aggregator: together(name, said),
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

const END_REASONS: Record<EndReason, true> = {
  unsudo: true,
  transaction: true,
  deadline: true,
  revoked: true,
  token_revoked: true,
  disconnected: true,
  reset: true,
  writer_lost: true,
  ledger_lost: true,
  shutdown: true,
  gateway_lost: true,
  fault: true,
};

/** Prometheus must get the other figures when one cannot be had: the ledger may be what is down. */
async function settled<T>(look: () => T | Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch {
    return null;
  }
}
