// Which parts /readyz names, and which figures /metrics asks for.
import type { ElevationsOfProcess } from '../../elevation/make-elevations.ts';
import type { Heartbeat } from '../../ledger/heartbeat/heartbeat.ts';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import { ledgerSize, sizeWarning } from '../../ledger/read/size.ts';
import { makeUnsettledLook } from '../../ledger/chain/unsettled.ts';
import type { LedgerWriter } from '../../ledger/write/make-ledger.ts';
import type { Notifier } from '../../notifier/notifier.ts';
import type { ActivePolicy } from '../../policy/policy.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Config } from '../config/configuration.ts';
import type { Endings } from '../endings.ts';
import { lastRefusal } from '../policy/last-refusal.ts';
import type { LedgerCheck } from '../ledger-access.ts';
import type { Metrics } from './metrics.ts';
import { certificateEnd, tokenExpiry } from './expiry.ts';
import { makePolled } from './polled.ts';
import type { Readiness } from './readiness.ts';
import type { TargetProofs } from '../targets/proofs.ts';
import type { Traces } from '../traces/traces.ts';

export interface Parts {
  config: Config;
  clock: Clock;
  pool: LedgerPool;
  check: LedgerCheck;
  writer: LedgerWriter;
  heartbeat: Heartbeat;
  policy: ActivePolicy;
  notifier: Notifier;
  proofs: TargetProofs;
  sessions: { readonly count: number };
  elevations: ElevationsOfProcess;
  /** Null where nothing is traced. */
  traces: Pick<Traces, 'counts'> | null;
}

/** Adds every part to `readiness` and every figure to `metrics`. */
export function watchParts(parts: Parts, readiness: Readiness, metrics: Metrics, endings: Endings): void {
  const { config, clock, check, writer, heartbeat, policy, proofs } = parts;
  const size = makePolled(() => ledgerSize(parts.pool), 30_000);
  const unsettled = makePolled(makeUnsettledLook(parts.pool), 60_000);
  const notices = makePolled(() => parts.notifier.stats(), 5_000);
  // What a directory's candidate was refused for, its gateway knows; an activation is judged where it was asked for.
  const refusal = config.policy.source === 'database' ? makePolled(() => lastRefusal(parts.pool), 2_000) : null;
  const refused = () => policy.problem ?? refusal?.value ?? null;
  endings.add('polls', () => {
    size.close();
    unsettled.close();
    notices.close();
    refusal?.close();
  });

  readiness.part('ledger', () => {
    // One that is slow, or away for less than the grace, is so for every replica: reads go on here as well as anywhere.
    const lost = check.problem ?? silence(heartbeat, clock, config.ledger.graceMs);
    if (lost !== null) return { ready: false, detail: writer.problem ?? lost };
    if (writer.problem !== null) return { ready: writer.acceptsReads, detail: writer.problem };
    const { maxSize } = config.ledger;
    const open = unsettled.value ?? 0;
    const detail = [
      size.value && maxSize !== null ? sizeWarning(size.value, maxSize) : null,
      open > 0 ? `${open} statements of sessions that are over have no outcome: sudoqld ledger verify.` : null,
    ].filter((each) => each !== null);
    return { ready: true, detail: detail.join(' ') || null };
  });
  readiness.part('clock', () => {
    const seconds = Math.round(heartbeat.clockOffMs / 1_000);
    if (Math.abs(seconds) < CLOCK_OFF.said) return { ready: true, detail: null };
    const detail = `This host's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'behind' : 'ahead of'} the ledger's.`;
    return { ready: Math.abs(seconds) < CLOCK_OFF.refused, detail };
  });
  readiness.part('policy', () => ({
    ready: policy.revision !== null,
    detail: refused(),
    revision: policy.revision,
  }));
  readiness.part('notices', () => {
    const dead = notices.value?.dead ?? 0;
    const waiting = notices.value?.oldestPendingSeconds ?? 0;
    // Said, and no reason to be taken off: a mail server that is down is so for every replica.
    const failing = (notices.value?.failing ?? []).filter(({ seconds }) => seconds > FAILING_SAID);
    const detail = [
      ...failing.map(
        ({ channel, seconds, problem }) => `${channel} has delivered nothing for ${Math.round(seconds)} s: ${problem}`,
      ),
      ...(dead > 0 ? [`${dead} were given up: sudoqld notices list --state dead.`] : []),
      ...(waiting > 60 ? [`The oldest that waits has waited ${Math.round(waiting)} s.`] : []),
    ].join(' ');
    const { problem } = parts.notifier;
    return { ready: problem === null, detail: [problem, detail].filter(Boolean).join(' ') || null };
  });
  for (const name of Object.keys(config.targets)) {
    readiness.part(
      `target ${name}`,
      () => ({ ready: proofs.trouble(name) === null, detail: proofs.trouble(name) }),
      'targets',
    );
  }

  metrics.watch(
    'sudoql_clock_off_seconds',
    "How far the ledger's clock is ahead of this host's",
    () => heartbeat.clockOffMs / 1_000,
    'average',
  );
  metrics.watch('sudoql_sessions', 'Sessions that are open', () => parts.sessions.count);
  metrics.watch('sudoql_elevations_live', 'Elevations in force in this process', () => parts.elevations.inForce);
  metrics.watch(
    'sudoql_elevation_ends_waiting',
    'Ends of elevations that wait for the ledger',
    () => parts.elevations.endsWaiting,
  );
  metrics.watch('sudoql_ledger_waiting', 'Entries that wait to be committed', () => writer.waiting, 'sum');
  metrics.watch(
    'sudoql_ledger_statements_without_outcome',
    'Statements of sessions that are over, whose outcome is not in the record; the same from every replica',
    () => unsettled.value ?? Number.NaN,
  );
  metrics.watch(
    'sudoql_ledger_bytes',
    "Size of the ledger's database; the same from every replica",
    () => size.value?.bytes ?? Number.NaN,
  );
  metrics.watch(
    'sudoql_ledger_bytes_per_day',
    "How much this month's entries grow each day; the same from every replica",
    () => size.value?.bytesPerDay ?? Number.NaN,
  );
  metrics.watch('sudoql_ledger_up', 'Whether the ledger records now', () => (writer.problem === null ? 1 : 0), 'min');
  metrics.watch('sudoql_ledger_silence_seconds', 'Since the ledger last answered the heartbeat', () =>
    heartbeat.confirmedAt === null ? Number.NaN : (clock.monotonic() - heartbeat.confirmedAt) / 1_000,
  );
  metrics.watch(
    'sudoql_ledger_notices_pending',
    'Notices that are not delivered yet; the same from every replica',
    () => notices.value?.pending ?? Number.NaN,
  );
  metrics.watch(
    'sudoql_ledger_notices_dead',
    'Notices that were given up; the same from every replica',
    () => notices.value?.dead ?? Number.NaN,
  );
  metrics.watch(
    'sudoql_ledger_notices_oldest_pending_seconds',
    'Age of the oldest notice that is not delivered yet; the same from every replica',
    () => notices.value?.oldestPendingSeconds ?? Number.NaN,
  );
  metrics.watchBy(
    'sudoql_ledger_notices_failing_seconds',
    'For how long a channel has delivered nothing though it was tried; the same from every replica',
    'channel',
    () => ({
      ...Object.fromEntries(Object.keys(config.channels).map((channel) => [channel, 0])),
      ...Object.fromEntries((notices.value?.failing ?? []).map(({ channel, seconds }) => [channel, seconds])),
    }),
  );
  for (const [name, count, help] of [
    ['sudoql_notices_delivered_total', 'delivered', 'Notices that this process delivered, by channel'],
    ['sudoql_notices_given_up_total', 'gaveUp', 'Notices that this process gave up, by channel'],
    ['sudoql_notice_attempts_failed_total', 'failedAttempts', 'Attempts of this process that failed, by channel'],
  ] as const) {
    metrics.countBy(name, help, 'channel', () =>
      Object.fromEntries(Object.entries(parts.notifier.counts()).map(([channel, counts]) => [channel, counts[count]])),
    );
  }
  const { traces } = parts;
  if (traces) {
    const help = 'Spans that a collector has taken (sent), and those that found no room or were not taken (dropped)';
    metrics.countBy('sudoql_trace_spans_total', help, 'result', () => ({ ...traces.counts() }));
  }
  metrics.watchBy(
    'sudoql_certificate_expiry_timestamp_seconds',
    'When the certificate of a listener ends',
    'listener',
    () => {
      const end = certificateEnd(config.wire.tls?.cert ?? null);
      return end === null ? {} : { wire: end };
    },
    'min',
  );
  const tokens = makePolled(() => tokenExpiry(parts.pool), 60_000);
  endings.add('token polls', () => tokens.close());
  metrics.watch(
    'sudoql_ledger_tokens_expiring',
    'Tokens in force that end within seven days; the same from every replica',
    () => tokens.value?.expiring ?? Number.NaN,
  );
  metrics.watch(
    'sudoql_ledger_token_next_expiry_timestamp_seconds',
    'When the next token in force ends; the same from every replica',
    () => tokens.value?.next ?? Number.NaN,
  );
  metrics.watchBy(
    'sudoql_policy_info',
    'The revision in force',
    'revision',
    () => (policy.revision === null ? {} : { [policy.revision]: 1 }),
    'max',
  );
  metrics.watch(
    'sudoql_policy_refused',
    'Whether the last candidate was refused',
    () => (refused() === null ? 0 : 1),
    'max',
  );
  metrics.watchBy(
    'sudoql_target_ready',
    'Whether sessions to the target are let in',
    'target',
    () => Object.fromEntries(Object.keys(config.targets).map((name) => [name, proofs.trouble(name) === null ? 1 : 0])),
    'min',
  );
}

/** Seconds that a channel may fail before it is said. */
const FAILING_SAID = 15;

/** Seconds: times in record and notices, deadlines that people read and tokens' expiry go by this host's clock. */
const CLOCK_OFF = { said: 5, refused: 60 };

function silence(heartbeat: Heartbeat, clock: Clock, graceMs: number): string | null {
  if (heartbeat.confirmedAt === null) return 'it has not answered yet';
  const ms = clock.monotonic() - heartbeat.confirmedAt;
  return ms > graceMs ? `it has not answered for ${Math.round(ms / 1_000)} s` : null;
}
