// Every page that the gateway serves, in each shape that it has, with what it takes to show it.
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { Principal } from '../../services/contract/words.ts';
import { DBA } from '../../services/elevation/requests/testing.ts';
import { changed, lean, shippedFiles } from '../../services/policy/testing.ts';
import { until } from '../helpers/until.ts';
import { Browser } from '../people/browser.ts';
import { begins, begun, connected, ending, refusedIn, toAsk, wrote } from '../people/records.ts';
import type { Stage } from '../people/stage.ts';

/** ben may see and do all, zoe the same of others; nil may nothing. */
export type Person = 'ben' | 'zoe' | 'nil';

export interface Shown {
  name: string;
  /** Who is signed in. */
  who: Person | null;
  open(page: Page): Promise<unknown>;
}

const GROUP = 'oidc:dba';
const LONG = 'a-service-account-with-a-name-that-nobody-could-break-anywhere';
const REASON = `The import of last night wrote every order's total twice; ${'see the ticket for how it was found and why it cannot wait. '.repeat(5)}`;

export async function startPeople(stage: Stage): Promise<Record<Person, Browser>> {
  const signedIn = async (name: string, groups: string[]) => {
    stage.provider.people.set(`u-${name}`, {
      ...{ sub: `u-${name}`, preferred_username: name, email: `${name}@example.com`, name, groups },
    });
    const browser = new Browser(stage.http);
    await browser.signIn(`u-${name}`, '/health');
    return browser;
  };
  return { ben: await signedIn('ben', ['dba']), zoe: await signedIn('zoe', ['dba']), nil: await signedIn('nil', []) };
}

export interface Filled {
  /** A revision. */
  earlier: string;
  pending: string;
  owns: Record<'pending' | 'confirm' | 'approved' | 'denied', string>;
}

/** Puts into the record what the pages show. */
export async function fill(stage: Stage, { ben, zoe }: Record<Person, Browser>): Promise<Filled> {
  stage.policy.says.sets = [{ ...DBA, groups: [GROUP] }];
  // ben sees a few, zoe many: a line each then.
  stage.may = ({ principal, subject }) =>
    principal.id !== 'nil' && (principal.id === 'zoe' || !/^person/.test(subject ?? ''));
  const many = Array.from({ length: 15 }, (_, n) => begun(`elv_m${n}`, `person${n}`));
  const left = { effect: 'code', statement: 'CREATE TRIGGER audit AFTER UPDATE ON orders EXECUTE FUNCTION audited()' };
  const unknown = { statements: 1, rows: {}, changed: ['public.items'] };
  await begins(stage, 'elv_live');
  await stage.record(
    ...[wrote('elv_live', 'ana'), refusedIn('elv_live', 'ana')],
    ...[connected(LONG, 'pgbouncer'), begun('elv_long', LONG, { reason: REASON })],
    ...[begun('elv_over', 'cid'), wrote('elv_over', 'cid')],
    ending('elv_over', 'cid', { leftBehind: [left], unknown, backend: 'unconfirmed' }),
    ...[
      begun('elv_own', 'ben'),
      begun('elv_glass', 'dee', { break_glass: true }),
      wrote('elv_glass', 'dee'),
      begun('elv_seen', 'dee'),
    ],
    ...[
      begun('elv_pool1', 'uma', { reason: 'nightly import' }),
      begun('elv_pool2', 'uma', { reason: 'nightly import' }),
    ],
    ...[begun('elv_stopped', 'vic'), ending('elv_stopped', 'vic')],
    ...many,
  );
  for (const form of [{ says: 'acknowledged' }, { says: 'question', text: 'Which orders, and who found it?' }])
    await ben.ask('/elevations/elv_live/remarks', { form });
  const owed = { session: { id: 'ses_dee', via: 'tcp', application_name: 'psql', client_address: '192.0.2.7' } };
  const body = {
    ...owed,
    principal: someone('dee'),
    target: { name: 'shop', labels: {} },
    reason: 'the shop is down',
    ...{ seconds: 900, sets: [{ ...DBA, groups: [GROUP] }], channels: ['team'] },
  };
  for (const id of ['elv_glass', 'elv_seen'])
    await stage.sql('INSERT INTO review_owed (elevation, body) VALUES ($1, $2)', [id, JSON.stringify(body)]);
  await zoe.ask('/reviews/elv_seen', { form: { comment: 'One row, as it had to be.' } });
  await fillNotices(stage);
  const earlier = await fillPolicy(stage);
  for (const user of ['ben', 'zoe'])
    await stage.tokens.create({ ...someone(user), user, lifetime: 3_600 }, { operator: 'test' });
  const asked = async (who: string, reason: string, more = {}) => {
    const made = await stage.requests.ask(toAsk(who, reason, [GROUP], more));
    if (made.kind !== 'pending') throw new Error(`${who} could not ask: ${JSON.stringify(made)}`);
    return made.request.id;
  };
  const [approved, denied] = [await asked('ana', 'fix order 1'), await asked('ana', 'fix order 2')];
  await ben.ask(`/requests/${approved}/approve`, { form: { why: 'seen with her' } });
  await ben.ask(`/requests/${denied}/deny`, { form: { why: 'wait for the backup' } });
  return {
    earlier,
    pending: await asked('ana', `fix <i>order</i> 4211. ${REASON}`),
    owns: {
      pending: await asked('ben', 'fix order 3'),
      confirm: await asked('zoe', 'fix 4', { confirm: true }),
      approved,
      denied,
    },
  };
}

const someone = (id: string): Principal => ({
  ...{ id, email: `${id}@example.com`, groups: ['dev'], kind: 'human', elevate: 'in-band' },
});

async function fillNotices(stage: Stage): Promise<void> {
  await stage.sql(
    `INSERT INTO notice (id, channel, grouping, body, head)
     SELECT 'ntc_' || n, 'team', 'g' || n, '{"event": "gateway.problem", "problem": "The ledger is at 80 % of its size."}', '{"chain": "c", "seq": 1, "hash": "a1a1a1a1a1a1", "at": "2030-01-01"}'
     FROM generate_series(1, 3) AS n`,
  );
  await stage.sql(
    "INSERT INTO notice_message (notice, message) SELECT 'ntc_' || n, 'ntc_' || n FROM generate_series(1, 3) n",
  );
  await stage.sql(
    `INSERT INTO notice_attempt (message, attempt, outcome, problem) VALUES
     ('ntc_1', 1, 'dead', 'mail.example.com: getaddrinfo ENOTFOUND mail.example.com'), ('ntc_2', 1, 'failed', '451 try again later')`,
  );
}

/** Resolves to the revision that was in force before. */
async function fillPolicy(stage: Stage): Promise<string> {
  const shipped = lean(await shippedFiles());
  const limits = (rows: number) =>
    `human: {}\nservice: {}\nagent: { max_rows: ${rows}, max_bytes: 4194304, timeout_ms: 30000 }\n`;
  const store = (rows: number) =>
    stage.revisions.store(changed(shipped, { 'settings/limits/data.yaml': limits(rows) }));
  const [first, second] = [await store(500), await store(1_000)];
  await stage.sql(
    `INSERT INTO policy_activation (revision, content, actor, summary, kind, rights) VALUES
     ($1, $2, '{"operator": "root"}', 'the first', 'activated', '[]'),
     ($3, $4, '{"principal": "ana"}', 'opens stock to the importer', 'activated', '["the importer may now write to stock"]')`,
    [first.revision, first.content, second.revision, second.content],
  );
  for (const [id, by, state] of [
    ['aaaaaaaaaaaa', 'ana', 'open'],
    ['bbbbbbbbbbbb', 'ben', 'open'],
  ])
    await stage.sql(
      `INSERT INTO policy_request (id, revision, content, after, actor, summary, rights, difference, flips)
       VALUES ($1, $2, NULL, (SELECT max(seq) FROM policy_activation), $3, $4, $5, $6, $7)`,
      [
        ...[id, 'e'.repeat(64), JSON.stringify({ principal: by }), `opens payroll to developers (${state})`],
        JSON.stringify(['dev may now write to payroll', 'nobody loses anything']),
        JSON.stringify(['+ settings.elevation.grants."payroll"', '~ rule statement/rules/protected: its message']),
        JSON.stringify(['3 × deny → allow: UPDATE salaries SET monthly = $1 WHERE id = $2, for ana on payroll']),
      ],
    );
  return first.revision;
}

const STOP = (id: string) => `/stop/${id}?key=right`;
const LOGIN = `/login?port=40123&challenge=${'c'.repeat(43)}&state=${'s'.repeat(24)}&client=sudoql%20on%20laptop`;

export function pagesOf(stage: Stage, { earlier, pending, owns }: Filled): Shown[] {
  const at = (name: string, path: string, who: Person | null = 'ben'): Shown => ({
    name,
    who,
    open: (page) => page.goto(stage.http + path),
  });
  const then = (shown: Shown, act: (page: Page) => Promise<unknown>): Shown => ({
    ...shown,
    open: async (page) => {
      await shown.open(page);
      await act(page);
    },
  });
  const press = (words: string) => async (page: Page) => {
    await page.getByRole('button', { name: words, exact: true }).click();
    await page.waitForLoadState('load');
  };
  const device = async (page: Page) => {
    const { typed } = await stage.people.logins.device({ client: 'sudoql on server-7', address: '192.0.2.9' });
    await page.getByLabel('The code').fill(typed);
    await press('Go on')(page);
  };
  return [
    at('now', '/now'),
    at('now-many', '/now', 'zoe'),
    at('now-nothing', '/now', 'nil'),
    at('elevation-live', '/elevations/elv_live'),
    at('elevation-long', '/elevations/elv_long'),
    at('elevation-over', '/elevations/elv_over'),
    at('elevation-own', '/elevations/elv_own'),
    at('elevation-glass', '/elevations/elv_glass'),
    at('requests', '/requests'),
    at('requests-nothing', '/requests', 'nil'),
    at('request', `/requests/${pending}`),
    at('request-own', `/requests/${owns.pending}`),
    at('request-approved', `/requests/${owns.approved}`),
    at('request-denied', `/requests/${owns.denied}`),
    at('request-confirm', `/requests/${owns.confirm}`, 'zoe'),
    then(at('request-confirm-fresh', `/sign-in/fresh?to=/requests/${owns.confirm}`, null), press('zoe')),
    at('review', '/reviews/elv_glass'),
    at('review-closed', '/reviews/elv_seen'),
    at('record', '/record'),
    at('record-search', '/record?who=ana&kind=writes&relation=orders'),
    at('record-nothing', '/record', 'nil'),
    at('policy', '/policy'),
    at('policy-back', `/policy/revisions/${earlier}`),
    then(at('policy-back-fresh', `/sign-in/fresh?to=/policy/revisions/${earlier}`, null), press('ben')),
    at('policy-request', '/policy/requests/aaaaaaaaaaaa'),
    at('policy-request-own', '/policy/requests/bbbbbbbbbbbb'),
    at('notices', '/notices'),
    then(at('notices-test', '/notices'), press('Send a test message')),
    at('notice', '/notices/ntc_1'),
    at('me', '/me'),
    at('health', '/health'),
    at('login', LOGIN),
    at('device', '/device'),
    then(at('device-wrong', '/device'), async (page) => {
      await page.getByLabel('The code').fill('AAAA-AAAA');
      await press('Go on')(page);
    }),
    then(at('device-asks', '/device'), device),
    then(then(at('device-no', '/device'), device), press('No')),
    at('signed-out', '/signed-out', null),
    at('may-not', '/policy', 'nil'),
    at('not-found', '/elevations/elv_none'),
    {
      name: 'sign-in-refused',
      who: null,
      open: async (page) => {
        stage.provider.people.set('u-gone', {
          ...{ sub: 'u-gone', preferred_username: 'gone', email: 'gone@example.com', name: 'Gone' },
        });
        await page.goto(`${stage.http}/sign-in`);
        await press('Gone')(page);
      },
    },
    at('stop', STOP('elv_live'), null),
    at('stop-signed-in', STOP('elv_live')),
    at('stop-all', `${STOP('elv_pool1')}&all`, null),
    at('stop-cut', '/stop/elv_live', null),
    at('stop-unknown', '/stop/elv_live?key=wrong', null),
    at('stop-over', STOP('elv_stopped'), null),
    then(at('stop-no-name', STOP('elv_live'), null), async (page) => {
      await page.getByLabel('Your name').fill(' ');
      await press('Stop it now')(page);
    }),
    {
      name: 'stop-stopped',
      who: null,
      open: async (page) => {
        const id = `elv_${randomUUID()}`;
        await begins(stage, id, 'wim');
        await page.goto(stage.http + STOP(id));
        await page.getByLabel('Your name').fill('Dan');
        const pressed = press('Stop it now')(page);
        await until('it is stopped', async () =>
          (await stage.entries('elevation_revoked')).some(({ elevation }) => elevation === id),
        );
        await stage.record(ending(id, 'wim'));
        await pressed;
      },
    },
  ];
}
