// The HTTP side with people, a provider and a ledger, all real, in this process; policy is a function of the test's own.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { systemClock } from '../../services/contract/clock.ts';
import { makeStandingLook } from '../../services/elevation/standing.ts';
import { NO_CHECKS } from '../../services/elevation/checks/checks.ts';
import { makeRemarks } from '../../services/elevation/remarks.ts';
import { makeRequests } from '../../services/elevation/requests/make-requests.ts';
import type { Requests } from '../../services/elevation/requests/requests.ts';
import { askingPolicy } from '../../services/elevation/requests/testing.ts';
import { makeReadiness } from '../../services/gateway/health/readiness.ts';
import { type AppDeps, makeApp } from '../../services/gateway/http/app.ts';
import { makeConsoleData } from '../../services/gateway/http/console/data.ts';
import { makeRevoke } from '../../services/gateway/revocation.ts';
import { makeLog } from '../../services/gateway/log.ts';
import type { EntryDraft } from '../../services/ledger/entry/entry.ts';
import { makeHeartbeat } from '../../services/ledger/heartbeat/make-heartbeat.ts';
import { makeElevationRecords } from '../../services/ledger/read/make-elevation-records.ts';
import { makeLedgerPool } from '../../services/ledger/ledger-pool.ts';
import { migratedLedger, startLedgerPostgres } from '../../services/ledger/testing.ts';
import { makeTokens } from '../../services/ledger/tokens/make-tokens.ts';
import type { Tokens } from '../../services/ledger/tokens/tokens.ts';
import { makeLedger } from '../../services/ledger/write/make-ledger.ts';
import { makeAnnounce } from '../../services/notifier/announce.ts';
import { makeOutbox } from '../../services/notifier/outbox.ts';
import { makePeople, type People } from '../../services/people/people.ts';
import { makeGoBack } from '../../services/gateway/policy/go-back.ts';
import { makeAnswer } from '../../services/gateway/policy/requests/answer.ts';
import { policyRequests } from '../../services/gateway/policy/requests/requests.ts';
import { makeCompiler } from '../../services/policy/compiler/compiler.ts';
import { comparePolicies, differenceLines } from '../../services/policy/differences/compare.ts';
import { makeRevisions, type Revisions } from '../../services/policy/source/revisions.ts';
import type { SignInSettings } from '../../services/people/settings.ts';
import type { AdminInput } from '../../services/policy/decision.ts';
import { choosePort } from '../demo/gateway-process.ts';
import { type DemoProvider, startProvider } from '../demo/provider.ts';
import { entriesOf } from '../helpers/entries.ts';

export interface Stage {
  http: string;
  provider: DemoProvider;
  people: People;
  tokens: Tokens;
  requests: Requests;
  revisions: Pick<Revisions, 'store'>;
  /** What elevations and approvals are decided by. */
  policy: ReturnType<typeof askingPolicy>;
  /** Moves the gateway's clock. */
  pass(ms: number): void;
  /** What `sudoql/admin/decision` says. */
  may: (input: AdminInput) => boolean;
  /** Records entries, one after the other. */
  record(...drafts: EntryDraft[]): Promise<void>;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  entries(kind: string): Promise<Record<string, unknown>[]>;
  log(): string;
  close(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const cluster = await startLedgerPostgres();
  const connection = await migratedLedger(cluster);
  const port = await choosePort(null);
  const http = `http://127.0.0.1:${port}`;
  const provider = await startProvider(http);
  let ahead = 0;
  const clock = { ...systemClock, now: () => new Date(Date.now() + ahead) };
  const pool = makeLedgerPool({ connection });
  const ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 10_000, clock });
  const tokens = makeTokens({ pool, ledger, clock });
  const settings: SignInSettings = {
    issuer: provider.issuer,
    client: provider.client.id,
    secret: provider.client.secret,
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    claims: { login: 'preferred_username', email: 'email', name: 'name', groups: 'groups' },
    elevate: 'in-band',
    tokenMs: 8 * 3_600_000,
    session: { idleMs: 3_600_000, absoluteMs: 12 * 3_600_000 },
    stop: 'link',
    confirm: { withinMs: 300_000, acr: [] },
    refresh: { everyMs: 0, key: Buffer.alloc(32, 7).toString('base64') },
  };
  const written = new PassThrough();
  const log = makeLog('info', written);
  const people = makePeople({ settings, publicUrl: http, pool, ledger, tokens, clock, log });
  const heartbeat = makeHeartbeat({ connection, replica: 'r' });
  const announce = makeAnnounce({ ledger, outbox: makeOutbox({ channels: { team: {} } }) });
  const revisions = makeRevisions(pool);
  const records = makeElevationRecords({ pool, ledger });
  const remarks = makeRemarks({ pool, announce, heartbeat, log });
  const asking = askingPolicy();
  // Of no cost until it is asked.
  const compiler = makeCompiler();
  const readiness = makeReadiness();
  readiness.part('policy', () => ({ ready: true, detail: null }));
  readiness.part('target shop', () => ({ ready: false, detail: 'it does not answer' }));
  const requests = makeRequests({
    policy: asking,
    ledger,
    pool,
    heartbeat,
    clock: systemClock,
    log,
    announce,
    checks: NO_CHECKS,
    confirming: settings.confirm,
    standing: makeStandingLook(pool, () => ['team']),
    notify: () => ['team'],
    channels: new Set(['team']),
    security: ['team'],
    analyserVersion: 'test',
  });
  const stage: Stage = {
    http,
    provider,
    people,
    tokens,
    requests,
    revisions,
    policy: asking,
    pass: (ms) => {
      ahead += ms;
    },
    may: () => true,
    record: async (...drafts) => {
      for (const draft of drafts) await ledger.append(draft);
    },
    sql: async (text, values) => (await cluster.sql(text, 'ledger', values)).rows,
    entries: async (kind) => entriesOf(await stage.sql('SELECT body FROM entry ORDER BY at, seq'), kind),
    log: () => String(written.read() ?? ''),
    close: async () => {
      await app.close();
      await compiler.close();
      await provider.close();
      remarks.close();
      await requests.close();
      await heartbeat.close();
      await ledger.close();
      await pool.close();
      await cluster.remove();
    },
  };
  const app = await makeApp({
    log,
    clock,
    tokens,
    ledger,
    people,
    requests,
    publicUrl: http,
    data: makeConsoleData(pool, {}),
    remarks,
    revisions,
    policyRequests: {
      requests: (prefix: string) => policyRequests(pool, prefix),
      // Two must approve, so that one approval takes nothing into force.
      answer: makeAnswer({
        ...{ pool, announce, revisions, channels: ['team'], approvals: 2 },
        activate: async () => assert.fail('nothing is activated here'),
      }),
    },
    wire: () => ({ host: '127.0.0.1', port: 7432, tls: false }),
    records,
    policy: {
      admin: (input: AdminInput) => ({
        ok: true,
        decision: { allow: stage.may(input), reasons: [] },
        revision: 'r',
        microseconds: 1,
        lasting: false,
      }),
    },
    readiness,
    health: { readiness: () => readiness.state() },
    registry: { metrics: async () => '', contentType: 'text/plain' },
    metricsToken: () => null,
    stopLinks: { link: () => null, opens: (_: string, key: string) => key === 'right' },
    targets: [{ name: 'shop', labels: { environment: 'production' } }],
    trustProxy: [],
    origins: [],
    revoke: makeRevoke({ records, announce }),
    activate: null,
    goBack: makeGoBack({
      revisions,
      difference: async (a, b) => differenceLines(await comparePolicies(compiler, a, b)),
      activate: async () => assert.fail('nothing is activated here'),
    }),
    connect: () => {},
  } as unknown as AppDeps);
  await app.listen({ host: '127.0.0.1', port });
  if ((app.server.address() as AddressInfo).port !== port) throw new Error('It listens elsewhere.');
  return stage;
}
