// The policy of a gateway: from where it comes, who judges and may change it, and who is told.
import type { Clock } from '../../contract/clock.ts';
import type { Heartbeat } from '../../ledger/heartbeat/heartbeat.ts';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import type { Announce } from '../../notifier/announce.ts';
import { comparePolicies, differenceLines } from '../../policy/differences/compare.ts';
import { makePolicy } from '../../policy/policy.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import { makeRevisions } from '../../policy/source/revisions.ts';
import type { Config } from '../config/configuration.ts';
import type { Endings } from '../endings.ts';
import { observedPolicy } from '../health/observed.ts';
import type { Metrics } from '../health/metrics.ts';
import type { Log } from '../log.ts';
import type { Host } from '../processes/host.ts';
import { newsOnDuty } from '../processes/on-duty.ts';
import { asTarget } from '../targets/connections.ts';
import { makeActivate } from './activation.ts';
import { makeCompiled, makeDescribeChange } from './describe-change.ts';
import { flipsGate } from './flips-gate.ts';
import { makeGates } from './gates.ts';
import { makeGoBack } from './go-back.ts';
import { lastActivation } from './last-activation.ts';
import { wasRefusedLast } from './last-refusal.ts';
import { makePolicyNews } from './news.ts';
import { makeAnswer } from './requests/answer.ts';
import { proposeFrom } from './requests/propose-from.ts';
import { policySource, proposedSource } from './source.ts';
import { watchEndings } from './tell-endings.ts';

/** What else of the gateway it needs. */
export interface PolicyDeps {
  config: Config;
  host: Host;
  pool: LedgerPool;
  announce: Announce;
  heartbeat: Heartbeat;
  metrics: Metrics;
  clock: Clock;
  log: Log;
  endings: Endings;
}

/** Starts to judge what is there at once; until that is over no policy is in force. */
export function startPolicy({ config, host, pool, announce, heartbeat, metrics, clock, log, endings }: PolicyDeps) {
  const revisions = makeRevisions(pool);
  const gates = makeGates(config.policy, host);
  endings.add('policy gates', () => gates.close());
  const describe = makeDescribeChange({
    pool,
    targets: Object.values(config.targets).map(asTarget),
    compiler: gates.compiler,
    inForce: () => active.inForce,
  });
  const news = newsOnDuty(
    host,
    makePolicyNews({
      announce,
      channels: config.security.notify,
      lastRecorded: () => lastActivation(pool),
      revisions,
      describe,
      log,
    }),
    (problem, revision) => wasRefusedLast(pool, problem, revision),
  );
  const lineEndings = watchEndings({
    announce,
    channels: config.security.notify,
    inForce: () => active.inForce,
    clock,
    log,
  });
  endings.add('ends of settings', () => lineEndings.close());
  const active = makePolicy({
    ...policySource(config, revisions, heartbeat),
    ...(config.policy.cache === null ? {} : { cacheDirectory: config.policy.cache }),
    lint: config.policy.lint,
    coverage: config.policy.coverage,
    through: host.compiled,
    inTurn: host.inTurn,
    onActivated: (now, previous, summary) => {
      log.info({ revision: now.revision, previous: previous?.revision ?? null, summary }, 'a policy is in force');
      lineEndings.look();
      // What was activated in the database is recorded there.
      if (config.policy.source !== 'database' && config.policy.approvals === 0) news.activated(now, previous);
    },
    onRefused: news.refused,
  });
  endings.add('policy', async () => {
    news.close();
    await active.close();
  });
  const { approvals } = config.policy;
  const difference = async (before: PolicyFiles, after: PolicyFiles) =>
    differenceLines(await comparePolicies(gates.compiler, before, after));
  const activate = makeActivate({
    announce,
    channels: config.security.notify,
    revisions,
    judge: (files, tested, before) => {
      const judged = gates.judge(files, tested, before);
      active.prepare(files, judged);
      return judged;
    },
    ...flipsGate(pool, config.policy, makeCompiled({ compiler: gates.compiler, inForce: () => active.inForce })),
    describe,
    approvals: {
      needed: approvals,
      pool,
      difference,
    },
    hasten: () => heartbeat.hasten(),
  });
  const answer = makeAnswer({ pool, announce, channels: config.security.notify, revisions, activate, approvals });
  const proposed = proposedSource(config);
  if (proposed)
    // One process of a host asks.
    host.onDuty(() => endings.add('policies to be requested', proposeFrom({ ...proposed, activate, log })));
  // Files, or a bundle, say by themselves what is in force.
  const goBack = config.policy.source === 'database' ? makeGoBack({ revisions, activate, difference }) : null;
  return { active, policy: observedPolicy(active, metrics), revisions, activate, answer, goBack };
}
