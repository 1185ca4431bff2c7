// Write mode of a gateway: who judges it, whom it waits for, who ends it when nobody else does, and who settles what another gateway left.
import type { Clock } from '../contract/clock.ts';
import { makeChecks } from '../elevation/checks/make-checks.ts';
import { watchLeftExecutions } from '../elevation/left-executions.ts';
import { makeElevations } from '../elevation/make-elevations.ts';
import { makeRecovery } from '../elevation/recovery.ts';
import { makeRemarks } from '../elevation/remarks.ts';
import type { OwnMail } from '../elevation/requests/approvers.ts';
import { makeRequests } from '../elevation/requests/make-requests.ts';
import { makeStandingLook } from '../elevation/standing.ts';
import { watchUnconfirmed } from '../elevation/unconfirmed.ts';
import { makeWatchdog } from '../elevation/watchdog.ts';
import type { Heartbeat } from '../ledger/heartbeat/heartbeat.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import type { ElevationRecords } from '../ledger/read/elevation-records.ts';
import type { Announce } from '../notifier/announce.ts';
import { addressOf } from '../notifier/channels/mailbox.ts';
import type { Policy } from '../policy/decision.ts';
import { ANALYSER_VERSION } from '../statements/analyser.ts';
import type { Config } from './config/configuration.ts';
import type { Endings } from './endings.ts';
import type { Log } from './log.ts';
import type { Host } from './processes/host.ts';
import { makeRevoke } from './revocation.ts';
import { controlLogins } from './targets/connections.ts';

/** What else of the gateway it needs. */
export interface ElevationsDeps {
  config: Config;
  host: Host;
  pool: LedgerPool;
  ledger: Ledger;
  records: ElevationRecords;
  announce: Announce;
  policy: Policy;
  heartbeat: Heartbeat;
  /** The URL of a page of the console, by its path; null when there is none. */
  page(path: string): string | null;
  clock: Clock;
  log: Log;
  endings: Endings;
}

export function startElevations(deps: ElevationsDeps) {
  const { config, host, pool, ledger, records, announce, policy, heartbeat, page, clock, log, endings } = deps;
  const { leaseMs } = config.ledger;
  const watchdog = makeWatchdog({
    targets: controlLogins(config.targets),
    leaseMs,
    onFired: (backend, why) => log.warn({ backend, why }, 'the watchdog ended a backend'),
    onTrouble: (target, problem) => log.warn({ target, problem }, 'the watchdog has trouble with a target'),
  });
  endings.add('watchdog', () => watchdog.close());
  const notify = Object.fromEntries(Object.values(config.targets).map((target) => [target.name, target.notify]));
  const checks = makeChecks(config.checks);
  const standing = makeStandingLook(pool, (target) => notify[target] ?? []);
  const judging = {
    ledger,
    announce,
    policy,
    heartbeat,
    checks,
    standing,
    clock,
    analyserVersion: ANALYSER_VERSION,
    log,
  };
  const security = config.security.notify;
  const requests = makeRequests({
    ...judging,
    confirming: config.publicUrl === null ? null : (config.signIn?.confirm ?? null),
    pool,
    notify: (target) => notify[target] ?? [],
    // Nobody is asked by a channel that wants to hear of no requests.
    channels: new Set(
      Object.values(config.channels).flatMap(({ name, events }) =>
        events === undefined || events.includes('request.made') ? name : [],
      ),
    ),
    security,
    ownMail: ownMail(config),
  });
  endings.add('requests', () => requests.close());
  const remarks = makeRemarks({ pool, announce, heartbeat, log });
  endings.add('remarks', () => remarks.close());
  const elevations = makeElevations({
    ...judging,
    watchdog,
    requests,
    remarks,
    page,
    bounds: config.elevation,
    leaseMs,
    notify,
    channels: Object.keys(config.channels),
    security,
    otherRefusals: {
      tell: (key) => host.tellOthers('refusalTold', { key }),
      hear: (told) => host.hear('refusalTold', ({ key }) => told(key)),
    },
  });
  endings.add('elevations', () => elevations.close());
  const recovery = makeRecovery({
    ledger,
    pool,
    records,
    announce,
    watchdog,
    notify,
    security,
    log,
  });
  endings.add(
    'recovery',
    heartbeat.onDeadReplica(async (dead) => void (await recovery(dead))),
  );
  const unconfirmed = watchUnconfirmed({ pool, records, announce, watchdog, security, log });
  endings.add('unconfirmed ends', () => unconfirmed.close());
  const left = watchLeftExecutions({ ledger, records, log });
  endings.add('left executions', () => left.close());
  const revoke = makeRevoke({ records, announce, hasten: () => heartbeat.hasten() });
  return { elevations, requests, remarks, watchdog, revoke };
}

/** How who may decide a request is written to at their own address; null: they are not. */
function ownMail({ approvers, channels }: Pick<Config, 'approvers' | 'channels'>): OwnMail | null {
  const { notify } = approvers;
  if (notify === null) return null;
  return {
    channel: notify,
    readers: (told) =>
      told.flatMap((name) => {
        const channel = channels[name];
        return channel?.type === 'email' ? channel.to.map(addressOf) : [];
      }),
  };
}
