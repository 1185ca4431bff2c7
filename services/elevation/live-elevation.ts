import type { Clock } from '../contract/clock.ts';
import type { Log } from '../contract/log.ts';
import type { Decided, ElevationSummary, EndReason, Stopper } from '../ledger/entry/entry.ts';
import type { Heartbeat } from '../ledger/heartbeat/heartbeat.ts';
import type { Announce } from '../notifier/announce.ts';
import { makeDeadline } from './deadline.ts';
import type { ElevationRequest, ElevationVerdict, LiveElevation, Watchdog, WriterBackend } from './elevations.ts';
import type { EndRecorder } from './end-record.ts';
import { ofSession, subject } from './of-session.ts';
import { inEntry, inNotice, permitted } from './requests/permitted.ts';
import type { Remark, Remarks } from './remarks.ts';
import type { Requests } from './requests/requests.ts';

type Granted = ElevationVerdict & { ok: true };

interface LiveDeps {
  announce: Announce;
  heartbeat: Heartbeat;
  watchdog: Watchdog;
  requests: Pick<Requests, 'use' | 'owe'>;
  remarks?: Pick<Remarks, 'watch'>;
  clock: Clock;
  ends: EndRecorder;
  channelsOf(target: string): string[];
  granted: WeakMap<ElevationVerdict, Decided>;
  log: Pick<Log, 'error'>;
  onChange?: (what: 'started' | 'extended' | 'refused' | { ended: EndReason }) => void;
}

interface Start {
  id: string;
  request: ElevationRequest;
  verdict: Granted;
  writer: WriterBackend;
  startedAt: Date;
  /** Monotonic ms at which the deadline began to run: before the commit. */
  begun: number;
  end: (why: EndReason) => void;
  /** Somebody asks who writes something. */
  asked?: (question: Remark) => void;
  warn: (secondsLeft: number) => void;
}

/** A grant in force, as `makeElevations` handles it. */
export interface InForce extends LiveElevation {
  /** It is recorded: from now on it can be ended from outside. */
  begin(): void;
  /** Tells the session to leave write mode, once. */
  endFromOutside(why: EndReason): void;
  /** A machine that slept did not count its time: the deadline that people were told has passed. */
  lookAtWallClock(): void;
  /** Recorded, but the session stayed in read. */
  neverBegan(): Promise<void>;
  /** Stops all timers; the record is left as it is. */
  forget(): void;
}

/** The session asks for more of an elevation that is over. */
export class ElevationOver extends Error {}

/** How long a session may take to report its end before it is recorded without its summary. */
const REPORT_MS = 15_000;
const WALL_CLOCK_SLACK_MS = 30_000;
const CONFIRM_MS = 2_000;
const NOTHING_DONE: ElevationSummary = {
  statements: 0,
  failed: 0,
  rows: {},
  leftBehind: [],
  rolledBack: false,
  backend: 'gone',
};

export function makeLiveElevation(deps: LiveDeps, start: Start, onOver: () => void): InForce {
  const { clock, watchdog, heartbeat } = deps;
  const { id, request, verdict, writer, startedAt } = start;
  const { session } = request;
  const channels = new Set(verdict.notify);
  let until = new Date(startedAt.getTime() + verdict.seconds * 1_000);
  // Of the last extension, when there was one: what is done from then on is done for that.
  let { reason } = verdict;
  let state: 'starting' | 'live' | 'ending' | 'over' = 'starting';
  let recorded: Promise<void> | null = null;
  let stoppedBy: Stopper | null = null;
  let extending: Promise<unknown> = Promise.resolve();
  let overdue: NodeJS.Timeout | undefined;
  const stops: (() => void)[] = [];

  const safely = (what: string, call: () => void) => {
    try {
      call();
    } catch (error) {
      deps.log.error({ err: error, elevation: id }, `elevation: the session failed when told ${what}`);
    }
  };
  const deadline = makeDeadline(
    clock,
    verdict.seconds * 1_000 - (clock.monotonic() - start.begun),
    (left) => state === 'live' && safely('of the time left', () => start.warn(left)),
    () => endFromOutside('deadline'),
  );

  const endFromOutside = (why: EndReason) => {
    if (state !== 'live') return;
    state = 'ending';
    release();
    // Whatever the session does now, the backend is ended.
    watchdog.arm(writer, performance.now());
    overdue = setTimeout(() => void withoutReport(why), REPORT_MS);
    safely(`to end (${why})`, () => start.end(why));
  };
  const withoutReport = async (why: EndReason) => {
    deps.log.error({ elevation: id, why }, 'elevation: the session did not report its end');
    const backend = await watchdog.terminate(writer, CONFIRM_MS);
    // What it did is not known here, so nothing is said of it.
    recorded ??= close(why, null, backend);
    await recorded;
  };
  const release = () => {
    deadline.stop();
    for (const stop of stops.splice(0)) stop();
  };
  const ended = (why: EndReason, summary: ElevationSummary | null): Promise<void> => {
    recorded ??= close(why, summary, summary?.backend);
    return recorded;
  };
  const close = (
    why: EndReason,
    summary: ElevationSummary | null,
    backend: ElevationSummary['backend'] | undefined,
  ): Promise<void> => {
    state = 'over';
    release();
    clearTimeout(overdue);
    if (backend === 'unconfirmed') watchdog.arm(writer, performance.now());
    else watchdog.disarm(writer);
    onOver();
    deps.onChange?.({ ended: why });
    return deps.ends.record({
      elevation: id,
      reason: verdict.reason,
      startedAt,
      endedAt: clock.now(),
      seconds: Math.max(0, Math.round((clock.monotonic() - start.begun) / 1_000)),
      why,
      summary,
      ...(summary === null && backend !== undefined && { backend }),
      subject: subject(session),
      channels: [...channels],
    });
  };

  const extend = async (asked: ElevationRequest, more: Granted): Promise<void> => {
    const decided = deps.granted.get(more);
    if (!decided) throw new Error('This verdict was not given by judge, or was used before.');
    deps.granted.delete(more);
    const over = () => new ElevationOver(`Elevation ${id} is over.`);
    if (state !== 'live') throw over();
    const begun = clock.monotonic();
    // Never sooner than what was granted before.
    const laterDeadline = new Date(Math.max(clock.now().getTime() + more.seconds * 1_000, until.getTime()));
    await deps.announce(
      {
        kind: 'elevation_extended',
        elevation: id,
        reason: more.reason,
        seconds: more.seconds,
        deadline: laterDeadline.toISOString(),
        revision: more.revision,
        decided,
        ...inEntry(more),
        ...ofSession(session),
      },
      async (client) => {
        await permitted(deps.requests, client, id, asked, more);
        const event = {
          event: 'elevation.extended',
          elevation: id,
          reason: more.reason,
          deadline: laterDeadline.toISOString(),
          ...inNotice(more),
          ...subject(asked.session),
        } as const;
        return [{ event, channels: more.notify }];
      },
    );
    // It ended while the extension was on its way to the record.
    if (state !== 'live') throw over();
    for (const channel of more.notify) channels.add(channel);
    const left = Math.max(deadline.left(), more.seconds * 1_000 - (clock.monotonic() - begun));
    until = laterDeadline;
    reason = more.reason;
    watchdog.arm(writer, performance.now() + left);
    deadline.move(left);
    deps.onChange?.('extended');
  };

  return {
    id,
    get reason() {
      return reason;
    },
    startedAt,
    get stoppedBy() {
      return stoppedBy;
    },
    get deadline() {
      return until;
    },
    secondsLeft: () => deadline.left() / 1_000,
    extend: (asked, more) => {
      const mine = extending.then(() => extend(asked, more));
      extending = mine.catch(() => {});
      return mine;
    },
    ended,
    begin: () => {
      state = 'live';
      stops.push(
        heartbeat.watchElevation(id, (by) => {
          stoppedBy = by;
          endFromOutside('revoked');
        }),
      );
      const { asked } = start;
      if (asked && deps.remarks)
        stops.push(deps.remarks.watch(id, (question) => safely('a question', () => asked(question))));
      stops.push(heartbeat.watchToken(session.token, () => endFromOutside('token_revoked')));
      // Not before the session has it in its hands.
      if (deadline.left() <= 0) setImmediate(() => endFromOutside('deadline'));
    },
    endFromOutside,
    lookAtWallClock: () => {
      if (clock.now().getTime() > until.getTime() + WALL_CLOCK_SLACK_MS) endFromOutside('deadline');
    },
    neverBegan: async () => ended('fault', { ...NOTHING_DONE, backend: await watchdog.terminate(writer, CONFIRM_MS) }),
    forget: () => {
      release();
      clearTimeout(overdue);
    },
  };
}
