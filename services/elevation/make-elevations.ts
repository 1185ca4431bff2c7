import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Clock } from '../contract/clock.ts';
import type { Log } from '../contract/log.ts';
import type { Decided, EndReason } from '../ledger/entry/entry.ts';
import type { Heartbeat } from '../ledger/heartbeat/heartbeat.ts';
import { type Ledger, LedgerUnavailable } from '../ledger/ledger.ts';
import type { Announce } from '../notifier/announce.ts';
import type { Policy } from '../policy/decision.ts';
import type { ElevationRequest, Elevations, ElevationVerdict, Watchdog, WriterBackend } from './elevations.ts';
import { makeEndRecorder } from './end-record.ts';
import { foresee } from './foresee.ts';
import { readRequest } from './floor.ts';
import { judgeElevation } from './judge.ts';
import { type InForce, makeLiveElevation } from './live-elevation.ts';
import type { Checks } from './checks/checks.ts';
import { ofSession, subject } from './of-session.ts';
import { type StandingLook, UNKNOWN } from './standing.ts';
import { notPermitted, type Refused } from './refusal.ts';
import { makeRefusals, type OtherRefusals } from './refusals.ts';
import type { Remark, Remarks } from './remarks.ts';
import type { Requests } from './requests/requests.ts';
import { approvedVerdict, inEntry, inNotice, permitted, waitsFor } from './requests/permitted.ts';

export interface ElevationsOptions {
  ledger: Ledger;
  announce: Announce;
  policy: Policy;
  heartbeat: Heartbeat;
  watchdog: Watchdog;
  requests: Requests;
  /** The URL of a page of the console, by its path; null when there is none. */
  page?: (path: string) => string | null;
  /** Where others ask who writes; left out: nowhere. */
  remarks?: Remarks;
  checks: Checks;
  standing: StandingLook;
  clock: Clock;
  /** Seconds. Bounds that no policy lifts. */
  bounds: { defaultSeconds: number; maxSeconds: number };
  /** How long write sessions go on while the ledger does not answer. */
  leaseMs: number;
  /** Channels by target, as configured. */
  notify: Readonly<Record<string, string[]>>;
  /** Names of all configured channels, and of the security team's. */
  channels: Iterable<string>;
  security: readonly string[];
  analyserVersion: string;
  log: Pick<Log, 'warn' | 'error'>;
  /** Refusals at other processes of this host. */
  otherRefusals?: OtherRefusals;
  /** For metrics. */
  onChange?: (what: 'started' | 'extended' | 'refused' | { ended: EndReason }) => void;
}

/** The gateway's elevations, with what only the process itself needs. */
export interface ElevationsOfProcess extends Elevations {
  /** How many are in force, and how many ends wait for the ledger. */
  readonly inForce: number;
  readonly endsWaiting: number;
  /** Tells every session in write to leave it (`shutdown`). They record their ends themselves. */
  shutdown(): void;
  /** Waits at most `ms` for the ends to be recorded, then lets go of everything. */
  close(ms?: number): Promise<void>;
}

/** The session is in write, or about to be: `extend` is the way. */
export class AlreadyElevated extends Error {}

export function makeElevations(options: ElevationsOptions): ElevationsOfProcess {
  const { ledger, clock, heartbeat, watchdog, requests, leaseMs, log } = options;
  const announce: Announce = (draft, tell) => options.announce(draft, tell).catch(asUnavailable);
  const channelsOf = (target: string) => (Object.hasOwn(options.notify, target) ? (options.notify[target] ?? []) : []);
  const judging = { ...options, notify: channelsOf, channels: new Set(options.channels) };
  const refusals = makeRefusals({
    ledger,
    announce,
    clock,
    notify: channelsOf,
    ...(options.otherRefusals && { others: options.otherRefusals }),
    onUnrecorded: (error) => log.error({ err: error }, 'elevation: a refusal could not be recorded'),
  });
  const ends = makeEndRecorder(announce, (error, elevation) =>
    log.error({ err: error, elevation }, 'elevation: its end is not recorded yet'),
  );
  /** What each verdict was decided on. A verdict that did not come from `judge` is not in it, and starts nothing. */
  const granted = new WeakMap<ElevationVerdict, Decided>();
  const bySession = new Map<string, InForce | 'starting'>();

  const leaseAge = () => clock.monotonic() - (heartbeat.confirmedAt ?? Number.NEGATIVE_INFINITY);
  const inForce = () => [...bySession.values()].filter((each) => each !== 'starting');
  let leaseTimer: NodeJS.Timeout | undefined;
  const watchLease = () => {
    clearTimeout(leaseTimer);
    leaseTimer = setTimeout(
      () => {
        if (leaseAge() >= leaseMs) for (const each of inForce()) each.endFromOutside('ledger_lost');
        else watchLease();
      },
      Math.max(1, Math.min(leaseMs, leaseMs - leaseAge())),
    ).unref();
  };
  const stopLease = heartbeat.onLease(() => {
    watchdog.lease();
    watchLease();
    for (const each of inForce()) each.lookAtWallClock();
  });

  const judge: Elevations['judge'] = async (request, current) => {
    const read = readRequest(options.bounds.maxSeconds, request);
    if (!read.ok) return refuse(request, read);
    const [checks, standing] = await Promise.all([
      options.checks.ask({ ...request.session, reason: read.reason }) ?? {},
      // Nothing can begin without the ledger, and who asks is to be told at once.
      leaseAge() >= leaseMs ? UNKNOWN : options.standing.of(request.session),
    ]);
    const judged = judgeElevation(judging, request, read, current, { checks, standing });
    if (!judged.ok) return refuse(request, judged);
    const { verdict, decided, approve } = judged;
    if (!approve) return grant(verdict, decided);
    const asked = await requests.ask({ request, ...judged, ...verdict, approve }).catch(asUnavailable);
    if (asked.kind === 'pending') return { ok: false, ...waitsFor(asked.request, options.page ?? (() => null)) };
    if (asked.kind === 'approved') return grant(approvedVerdict(verdict, asked.request), decided);
    return refuse(request, notPermitted(asked, { revision: verdict.revision, decided }));
  };
  const grant = (verdict: ElevationVerdict & { ok: true }, decided: Decided): ElevationVerdict => {
    granted.set(verdict, decided);
    return verdict;
  };
  const refuse = async (request: ElevationRequest, { refusal }: Refused): Promise<ElevationVerdict> => {
    options.onChange?.('refused');
    await refusals.record(request, refusal);
    return { ok: false, error: refusal.error };
  };

  const start = async (
    request: ElevationRequest,
    verdict: ElevationVerdict & { ok: true },
    writer: WriterBackend,
    end: (why: EndReason) => void,
    warn: (secondsLeft: number) => void,
    asked?: (question: Remark) => void,
  ): Promise<InForce> => {
    const { session } = request;
    const decided = granted.get(verdict);
    if (!decided) throw new Error('This verdict was not given by judge, or was used before.');
    granted.delete(verdict);
    if (bySession.has(session.id)) throw new AlreadyElevated(`Session ${session.id} is elevated already.`);
    // A revocation could not be heard.
    if (leaseAge() >= leaseMs)
      throw new LedgerUnavailable('The ledger has not answered the heartbeat within the lease.');

    const id = `elv_${randomUUID()}`;
    const startedAt = clock.now();
    const begun = clock.monotonic();
    const deadline = new Date(startedAt.getTime() + verdict.seconds * 1_000);
    bySession.set(session.id, 'starting');
    watchLease();
    let live: InForce | null = null;
    try {
      // Before the commit: from the first moment that the record says so, something ends it.
      watchdog.arm(writer, performance.now() + verdict.seconds * 1_000);
      live = makeLiveElevation(
        { ...options, announce, ends, channelsOf, granted },
        { id, request, verdict, writer, startedAt, begun, end, warn, ...(asked && { asked }) },
        () => {
          if (bySession.get(session.id) === live) bySession.delete(session.id);
        },
      );
      await announce(
        {
          kind: 'elevation_started',
          elevation: id,
          reason: verdict.reason,
          seconds: verdict.seconds,
          deadline: deadline.toISOString(),
          by: request.by,
          revision: verdict.revision,
          decided,
          writer_pid: writer.pid,
          writer_started: writer.startedAt,
          ...inEntry(verdict),
          ...ofSession(session),
        },
        async (client) => {
          await permitted(requests, client, id, request, verdict);
          const event = {
            event: 'elevation.started',
            elevation: id,
            reason: verdict.reason,
            by: request.by,
            started_at: startedAt.toISOString(),
            deadline: deadline.toISOString(),
            ...inNotice(verdict),
            ...subject(session),
          } as const;
          return [{ event, channels: verdict.notify }];
        },
      );
    } catch (error) {
      bySession.delete(session.id);
      live?.forget();
      // The session closes it; should it not, the watchdog does.
      watchdog.arm(writer, performance.now());
      // Should the record turn out to hold it after all, the record must also hold its end.
      if (error instanceof LedgerUnavailable && live) void closeIfCommitted(error, live);
      throw error;
    }
    bySession.set(session.id, live);
    live.begin();
    options.onChange?.('started');
    return live;
  };

  const closeIfCommitted = async (error: LedgerUnavailable, live: InForce): Promise<void> => {
    if (!(await error.committed?.catch(() => false))) return;
    log.warn({ elevation: live.id }, 'elevation: recorded, but not in time to take effect');
    await live.neverBegan();
  };

  return {
    foresee: (session) => foresee(judging, session),
    judge,
    showRequest: (id) => requests.show(id),
    watchRequest: (id, changed) => requests.watch(id, changed),
    start,
    get inForce() {
      return inForce().length;
    },
    get endsWaiting() {
      return ends.waiting;
    },
    shutdown: () => {
      for (const each of inForce()) each.endFromOutside('shutdown');
    },
    close: async (ms = 5_000) => {
      const until = performance.now() + ms;
      for (const each of inForce()) each.endFromOutside('shutdown');
      while (bySession.size > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
      await ends.stop(Math.max(0, until - performance.now()));
      for (const each of inForce()) each.forget();
      stopLease();
      clearTimeout(leaseTimer);
    },
  };
}

/** The notices could not be queued, or the request not be kept: the ledger's database said no. */
function asUnavailable(error: unknown): never {
  if (!(error instanceof pg.DatabaseError)) throw error;
  throw new LedgerUnavailable(`The elevation cannot be recorded: ${error.message}.`, { cause: error });
}
