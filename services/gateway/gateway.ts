// What the gateway is built from, in the order in which it is built. The only place that builds.
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../contract/clock.ts';
import { within } from '../contract/within.ts';
import { makeHeartbeat } from '../ledger/heartbeat/make-heartbeat.ts';
import { makeKnownTokens } from '../ledger/tokens/known-tokens.ts';
import { makeLedgerPool } from '../ledger/ledger-pool.ts';
import { makeElevationRecords } from '../ledger/read/make-elevation-records.ts';
import { makeTokens } from '../ledger/tokens/make-tokens.ts';
import { makeLedger } from '../ledger/write/make-ledger.ts';
import { makeAnnounce } from '../notifier/announce.ts';
import { makeNotifier, type Notifier } from '../notifier/notifier.ts';
import { makeOutbox } from '../notifier/outbox.ts';
import { makePeople } from '../people/people.ts';
import { everyHead } from '../ledger/chain/other-chains.ts';
import { tellHeads } from './heads.ts';
import { makeAnalyser } from '../statements/analyser.ts';
import { makeCatalogues } from '../statements/catalogue.ts';
import { loadParser } from '../statements/parse.ts';
import { makeApp } from './http/app.ts';
import { makeConsoleData } from './http/console/data.ts';
import { connectToCatalogue } from './targets/catalogue-connection.ts';
import type { Config } from './config/configuration.ts';
import { asTarget, connectionOf, controlLogins, targetLogins } from './targets/connections.ts';
import { type Endings, makeEndings } from './endings.ts';
import { makeEntryLog } from './entry-log.ts';
import { aloneOnHost, type Host } from './processes/host.ts';
import { notifierOnDuty } from './processes/on-duty.ts';
import { startElevations } from './start-elevations.ts';
import { tellEnds } from './processes/tell-ends.ts';
import { checkLedger } from './ledger-access.ts';
import type { Log } from './log.ts';
import { makeMetrics } from './health/metrics.ts';
import { observedLedger } from './health/observed.ts';
import { watchParts } from './health/parts.ts';
import { startPolicy } from './policy/start-policy.ts';
import { policyRequests } from './policy/requests/requests.ts';
import { makeReadiness } from './health/readiness.ts';
import { publicWire } from './config/public-wire.ts';
import { makeReload } from './config/make-reload.ts';
import type { Differences } from './config/reload.ts';
import { namesakeOf, refuseNamesake } from './namesakes.ts';
import { reach } from './targets/doctor/reach.ts';
import { proveTarget } from './targets/doctor/refusals.ts';
import { makeCancels } from './session/cancel/make-cancels.ts';
import { makeSessions } from './session/sessions.ts';
import { makeStopLinks } from './http/stop-links.ts';
import { makeTargetProofs, refuseUnfitTargets } from './targets/proofs.ts';
import { VERSION } from './version.ts';
import { makeWireListener, type WireListener } from './wire/listener.ts';
import { makeWebSocketHandler } from './wire/websocket.ts';

/** So long one of several processes waits for its policy before it takes connections. */
const POLICY_MS = 60_000;

export interface GatewayOptions {
  log: Log;
  clock?: Clock;
  /** The other processes of this host. Default: there are none. */
  host?: Host;
}

export interface Gateway {
  http: { host: string; port: number };
  wire: { host: string; port: number };
  /** Takes over what of a fresh configuration may change while it runs, and says what it did. Throws, and changes nothing, when it cannot be used. */
  reload(fresh: Config): Differences;
  /** Ends in order: not ready (for `shutdown_drain`), no new sessions, running statements get their grace, then part after part. */
  close(): Promise<void>;
}

/**
 * Builds and starts everything. Throws when a port is taken, when the ledger's schema is not this version's, or when a target's
 * logins are not what they should be. A ledger or a target that does not answer is waited for: /readyz says so.
 */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const endings = makeEndings(options.log);
  try {
    return await build(config, options, endings);
  } catch (error) {
    await endings.run();
    throw error;
  }
}

async function build(
  config: Config,
  { log, clock = systemClock, host = aloneOnHost() }: GatewayOptions,
  endings: Endings,
): Promise<Gateway> {
  const place = host.slot === null ? config.replica : `${config.replica}/${host.slot}`;
  const replica = `${place}-${randomBytes(4).toString('hex')}`;
  host.named(replica);
  // On every line: several replicas' logs come together somewhere.
  log.setBindings({ replica });
  const connection = connectionOf(config.ledger, config.ledger.gateway);
  const metrics = makeMetrics(Object.keys(config.targets));
  // Loaded where it is wanted alone.
  const traces =
    config.traces && (await import('./traces/traces.ts')).startTraces({ settings: config.traces, replica, clock, log });
  endings.add('traces', () => traces?.close());
  const readiness = makeReadiness();
  let phase: 'starting' | 'running' | 'shutting down' = 'starting';
  readiness.part('gateway', () => ({ ready: phase === 'running', detail: phase === 'running' ? null : phase }));

  await loadParser();
  const pool = makeLedgerPool({ connection });
  endings.add('ledger pool', () => pool.close());
  const check = await checkLedger(connection, pool, log);
  endings.add('ledger check', check.close);

  // The ledger
  const { graceMs, leaseMs } = config.ledger;
  const anchors = host.slot === null ? {} : { anchorMs: null };
  const writer = makeLedger({ connection, replica, version: VERSION, graceMs, clock, log, ...anchors });
  host.onAnchors(() => void writer.anchor());
  endings.add('ledger', () => writer.close());
  const tellEntry = makeEntryLog(log);
  const ledger = observedLedger(
    writer,
    (draft) => {
      metrics.entry(draft);
      tellEntry(draft);
      traces?.elevations.entry(draft);
    },
    metrics.committed,
  );
  const records = makeElevationRecords({ pool, ledger });
  // A gateway that is only slow must have left write mode by itself before others settle what it left.
  const deadAfterMs = Math.max(5_000, 2 * leaseMs);
  const heartbeat = makeHeartbeat({
    connection,
    replica,
    deadAfterMs,
    // Processes of one replica differ in their slot.
    name: `${config.replica}/${host.slot ?? 1}`,
    patienceMs: Math.min(5_000, graceMs / 2),
    clock,
    log,
  });
  endings.add('heartbeat', () => heartbeat.close());
  const hasten = () => heartbeat.hasten();
  readiness.part('name', () => {
    const problem = namesakeOf(heartbeat, config.replica);
    return { ready: problem === null, detail: problem };
  });
  const tokens = makeKnownTokens({ tokens: makeTokens({ pool, ledger, clock }), heartbeat, graceMs, clock });

  // Notices
  const stopLinks = makeStopLinks(() => check.stopSecret);
  const links = (publicUrl: string | null) => ({
    stopLink: (elevation: string) => stopLinks.link(elevation, publicUrl),
    page: (path: string) => (config.signIn === null || publicUrl === null ? null : `${publicUrl}${path}`),
  });
  const { page } = links(config.publicUrl);
  let notifier: Notifier | null = null;
  const outbox = makeOutbox({
    channels: config.channels,
    onQueued: (dueInMs) => notifier?.queued(dueInMs),
  });
  const announce = makeAnnounce({ ledger, outbox, gateway: replica });
  const startNotifier = () =>
    makeNotifier({
      database: connection,
      ledger,
      heartbeat,
      channels: config.channels,
      outbox,
      security: config.security.notify,
      publicUrl: config.publicUrl,
      links,
      replica,
      log,
      clock,
      attempted: traces?.attempted,
    });
  notifier = notifierOnDuty(host, startNotifier);
  endings.add('notifier', () => notifier?.close());
  const { shutdownGrace, shutdownDrain } = config.limits;
  endings.add('the other processes', () => host.others(), shutdownGrace + 30_000);
  tellEnds({ host, heartbeat, ledger, outbox, channels: config.security.notify, gateway: replica, log });

  // Policy
  const { active, policy, revisions, activate, answer, goBack } = startPolicy({
    ...{ config, host, pool, announce, heartbeat, metrics, clock, log, endings },
  });

  // Statements
  const catalogues = makeCatalogues({ connect: (target) => connectToCatalogue(config.targets[target]) });
  const analyser = makeAnalyser({
    catalogues,
    vetted: (target) => active.vetted(target),
    ownSettings: (target) => active.ownSettings(target),
    text: { read: config.limits.textRead, write: config.limits.textWrite },
  });
  endings.add('analyser', () => analyser.close());

  // Elevations
  const { elevations, requests, remarks, watchdog, revoke } = startElevations({
    ...{ config, host, pool, ledger, records, announce, policy, heartbeat, page, clock, log, endings },
  });
  const { heads } = config.ledger;
  const telling = heads && tellHeads({ pool, announce, everyMs: heads.everyMs, channels: heads.notify, log, clock });
  endings.add('heads', () => telling?.close());

  // Targets and their sessions
  const proofs = makeTargetProofs({
    targets: config.targets,
    prove: (target) => proveTarget(targetLogins(target), { ledger: connection }),
    reach: (target) => reach(connectionOf(target, target.control)),
    log,
  });
  endings.add('target proofs', proofs.close);
  await refuseUnfitTargets(proofs);
  if (check.problem === null) await refuseNamesake(heartbeat, config.replica);
  const cancels = makeCancels({
    pool,
    heartbeat,
    secret: () => check.cancelSecret,
    find: (processId) => sessions.find(processId),
    near: host.cancel,
    onOwner: host.ownsKeys,
    clock,
    log,
  });
  const sessions = makeSessions({
    page,
    analyser,
    cancels,
    policy,
    ledger,
    elevations: traces?.elevations.watch(elevations) ?? elevations,
    ...(traces && { spans: traces.statements }),
    watchdog,
    heartbeat,
    targets: Object.fromEntries(
      Object.values(config.targets).map((target) => [
        target.name,
        {
          target: asTarget(target),
          reader: connectionOf(target, target.reader),
          writer: connectionOf(target, target.writer),
          listen: target.listen,
          problem: () => proofs.problem(target.name),
          doubt: (why) => proofs.doubt(target.name, why),
        },
      ]),
    ),
    limits: config.limits,
    approvalWaitMs: config.elevation.waitMs,
    counts: host.counts,
    onWrongKey: (processId) => host.tellOthers('wrongKey', { processId }),
    usualSeconds: config.elevation.defaultSeconds,
    clock,
    log,
    ownSettings: (target) => active.ownSettings(target),
    decisionsKept: metrics.decisionsKept,
    schemaChanged: (target) => analyser.catalogueChanged(target),
  });

  // People
  const people =
    config.signIn &&
    config.publicUrl !== null &&
    makePeople({ settings: config.signIn, publicUrl: config.publicUrl, pool, ledger, tokens, clock, log, hasten });
  if (people) {
    const refreshing = people.refreshing.start();
    endings.add('asking the provider again', () => refreshing.close());
  }

  host.hear('wrongKey', ({ processId }) => sessions.wrongKeyElsewhere(processId));
  host.answers({
    readiness: () => readiness.state(),
    metrics: { text: () => metrics.registry.metrics(), json: () => metrics.registry.getMetricsAsJSON() },
    cancel: (processId, secret) => sessions.cancelHere(processId, secret),
  });

  // Outside
  const onRefused = (code: string) => metrics.connectionRefused(code);
  const { halfOpen: all, halfOpenPerAddress } = config.limits;
  const halfOpen = { halfOpen: all, halfOpenPerAddress };
  const connect = makeWebSocketHandler({ sessions, log, onRefused, limits: halfOpen, counts: host.counts });
  let wire: WireListener | null = null;
  const app = await makeApp({
    log,
    clock,
    tokens,
    policy,
    records,
    ledger,
    health: host,
    rates: host.rates,
    otherAttempts: {
      tellFailed: (network) => host.tellOthers('tokenFailed', { network }),
      tellGood: (key) => host.tellOthers('tokenGood', { key }),
      hear(failed, good) {
        host.hear('tokenFailed', ({ network }) => failed(network));
        host.hear('tokenGood', ({ key }) => good(key));
      },
    },
    metricsToken: () => config.metrics.token,
    stopLinks,
    targets: Object.values(config.targets).map(asTarget),
    trustProxy: config.http.trustProxy,
    origins: config.http.origins,
    revoke,
    heads: () => everyHead(pool, 1_000),
    requests,
    revisions,
    people: people || null,
    publicUrl: config.publicUrl,
    data: makeConsoleData(pool, config.channels),
    remarks,
    wire: () => publicWire(config, wire?.address.port ?? config.wire.port),
    activate: config.policy.source === 'database' ? activate : null,
    goBack,
    policyRequests: { requests: (prefix) => policyRequests(pool, prefix), answer },
    trace: traces?.http,
    connect: (socket, who, address) => void connect(socket, who, address),
  });
  // Beside others nobody is to come here who would be let in there.
  if (host.slot !== null) await within(active.ready, POLICY_MS, () => undefined);
  endings.add('http', () => app.close());
  await app.listen({ host: config.http.host, port: config.http.port });
  const listener = await makeWireListener({
    host: config.wire.host,
    port: config.wire.port,
    tls: config.wire.tls,
    allowPlaintext: config.wire.allowPlaintext,
    trustProxy: config.wire.trustProxy,
    limits: halfOpen,
    counts: host.counts,
    tokens,
    sessions,
    log,
    onRefused,
  });
  wire = listener;
  endings.add('wire', () => listener.close());
  // Before the listeners: until the last session has ended, who connects is refused in words.
  endings.add('sessions', () => sessions.shutdown(shutdownGrace), shutdownGrace + 15_000);

  watchParts(
    { config, clock, pool, check, writer, heartbeat, policy: active, notifier, proofs, sessions, elevations, traces },
    readiness,
    metrics,
    endings,
  );
  phase = 'running';
  host.serves();
  const http = { host: config.http.host, port: (app.server.address() as AddressInfo).port };
  log.info({ pid: process.pid, http, wire: listener.address, version: VERSION }, 'the gateway is up');
  return {
    http,
    wire: listener.address,
    reload: makeReload({
      config,
      logs: [log, app.log],
      log,
      wire: listener,
      notifier,
      watchdog,
      controls: () => controlLogins(config.targets),
    }),
    close: async () => {
      if (phase === 'shutting down') return endings.run();
      phase = 'shutting down';
      log.info({ drainMs: shutdownDrain, sessions: sessions.count }, 'shutting down: no longer ready');
      await new Promise((resolve) => setTimeout(resolve, shutdownDrain));
      log.info({ graceMs: shutdownGrace, sessions: sessions.count }, 'shutting down: new sessions are refused');
      await endings.run();
      log.info({}, 'the gateway has ended');
    },
  };
}
