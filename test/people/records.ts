// What of a session, an elevation and a request the record holds, for tests that show it on pages.
import type { EntryDraft, Form } from '../../services/ledger/entry/entry.ts';
import type { ToAsk } from '../../services/elevation/requests/requests.ts';
import { DBA } from '../../services/elevation/requests/testing.ts';
import type { Stage } from './stage.ts';

export const of = (principal: string, target = 'shop') => ({ session: `ses_${principal}`, principal, target });

const form = (normalized: string, relations: string[], fingerprint: string): Form => ({
  ...{ fingerprint, normalized, relations, type: normalized.split(' ')[0] ?? '', effects: ['write'] },
  ...{ revision: 'r', decided: null },
});

export const connected = (principal: string, client = 'psql <b>'): EntryDraft => ({
  kind: 'session_started',
  ...{ via: 'tcp', application_name: client, client_address: '192.0.2.7', principal_kind: 'human', token: 't' },
  ...of(principal),
});

export const begun = (elevation: string, principal: string, more: object = {}): EntryDraft => ({
  kind: 'elevation_started',
  ...{ elevation, reason: 'fix <b>order</b> 4211', seconds: 900, by: 'in-band', revision: 'r', decided: null },
  ...{ writer_pid: 1, writer_started: 'x', deadline: new Date(Date.now() + 900_000).toISOString() },
  ...of(principal),
  ...more,
});

/** As a session has it: with its client, and a notice of its start, told to the team. */
export async function begins(
  stage: Stage,
  elevation: string,
  principal = 'ana',
  reason = 'fix order 4211',
): Promise<void> {
  await stage.record(connected(principal), begun(elevation, principal, { reason }));
  const told = { event: 'elevation.started', elevation, reason, ...of(principal), email: null, environment: null };
  await stage.sql('INSERT INTO notice (id, channel, grouping, elevation, body, head) VALUES ($1, $2, $3, $4, $5, $6)', [
    `ntc_${elevation}`,
    'team',
    'g',
    elevation,
    JSON.stringify({ ...told, client_address: 'x', application_name: 'y' }),
    '{"hash": "h"}',
  ]);
}

/** One UPDATE that was committed, one that failed. */
export const wrote = (elevation: string, principal: string): EntryDraft => ({
  kind: 'writes',
  ...{ elevation, first: 1, since: new Date().toISOString(), ended: [], ...of(principal) },
  forms: [
    form('UPDATE orders SET status = $1 WHERE id = $2', ['public.orders'], 'f1'),
    form('DELETE FROM items WHERE id = $1', ['public.items'], 'f2'),
  ],
  runs: {
    form: [0, 1],
    start_us: [0, 10],
    duration_us: [5, 5],
    rows: [3, 0],
    transaction: ['committed', 'rolled_back'],
    failed: [{ run: 1, result: 'error', sqlstate: '23503' }],
    written: [{ run: 0, rows: { 'public.orders': 3 } }],
    commits: [],
  },
});

export const refusedIn = (elevation: string, principal: string): EntryDraft => ({
  kind: 'statement_refused',
  ...{ mode: 'write', elevation, code: 'policy_denied', reasons: ['freeze'], fingerprint: 'f3', type: 'TRUNCATE' },
  ...{ normalized: 'TRUNCATE orders', effects: ['write'], revision: 'r', decided: null },
  ...of(principal),
});

/** Of one that was stopped. */
export const ending = (elevation: string, principal = 'ana', more: object = {}): EntryDraft => ({
  kind: 'elevation_ended',
  ...{ elevation, why: 'revoked', seconds: 9, ...of(principal) },
  summary: {
    statements: 1,
    failed: 0,
    rows: { 'public.orders': 3 },
    leftBehind: [],
    rolledBack: true,
    backend: 'gone',
    ...more,
  },
});

/** As the session of `asker` asks, where `groups` must agree. */
export const toAsk = (asker: string, reason: string, groups: string[], more: Partial<ToAsk> = {}): ToAsk => ({
  request: {
    by: 'in-band',
    reason,
    duration: null,
    session: {
      id: `ses_${asker}`,
      principal: { id: asker, email: `${asker}@example.com`, groups: ['dev'], kind: 'human', elevate: 'in-band' },
      token: 'tok_1',
      target: { name: 'shop', labels: { environment: 'production' } },
      via: 'tcp',
      applicationName: 'psql <script>',
      clientAddress: '192.0.2.7',
    },
  },
  reason,
  requestedSeconds: null,
  seconds: 900,
  approve: { sets: [{ ...DBA, groups }], ask_seconds: 3_600, use_seconds: 1_800 },
  revision: 'asking',
  decided: {
    entrypoint: 'elevation',
    context: 'none',
    facts: null,
    clock: new Date().toISOString(),
    analyser: 'test',
    said: { result: 'approve', codes: [], terms: {} },
  },
  ...more,
});
