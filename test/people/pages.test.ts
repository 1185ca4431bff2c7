// What pages show of the record, and to whom: elevations, the record, policy, notices.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DBA } from '../../services/elevation/requests/testing.ts';
import type { EntryDraft } from '../../services/ledger/entry/entry.ts';
import type { AdminInput } from '../../services/policy/decision.ts';
import { until } from '../helpers/until.ts';
import { Browser } from './browser.ts';
import { begins, begun, ending, of, refusedIn, wrote } from './records.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
let ben: Browser;
let zoe: Browser;
before(async () => {
  stage = await startStage();
  [ben, zoe] = [await signedIn('ben'), await signedIn('zoe')];
});
after(() => stage?.close());
beforeEach(() => {
  stage.may = () => true;
});

async function signedIn(name: string): Promise<Browser> {
  stage.provider.people.set(`u-${name}`, {
    ...{ sub: `u-${name}`, preferred_username: name, email: `${name}@example.com`, name, groups: [] },
  });
  const browser = new Browser(stage.http);
  await browser.signIn(`u-${name}`, '/now');
  return browser;
}
/** As the shipped policy has it for who is in no group of security: one's own, and of others that they write. */
const asOneOfTheTeam = ({ action, subject, principal }: AdminInput) =>
  subject === principal.id || ['elevation.list', 'elevation.show', 'target.see'].includes(action);

test('an elevation: each form with what came of it, rows by table, refusals, its place in the record; for who may read', async () => {
  await stage.record(begun('elv_a', 'ana'), wrote('elv_a', 'ana'), refusedIn('elv_a', 'ana'));
  const { text } = await ben.ask('/elevations/elv_a');
  for (const shown of [
    /fix &lt;b&gt;order&lt;\/b&gt; 4211/,
    /UPDATE orders SET status = \$1 WHERE id = \$2/,
    /3 rows of public\.orders/,
    /data-label="Came of it">committed</,
    /TRUNCATE orders[\s\S]*freeze/,
    /elevation_started<\/td>[\s\S]*[0-9a-f]{64}/,
    /action="\/elevations\/elv_a\/end"/,
  ])
    assert.match(text, shown);
  assert.match(text, /DELETE FROM items[\s\S]*data-label="Came of it">failed</);
  stage.may = asOneOfTheTeam;
  const seen = await ben.ask('/elevations/elv_a');
  assert.equal(seen.status, 200);
  for (const hidden of [/UPDATE orders/, /TRUNCATE/, /4211/, /[0-9a-f]{64}/, /elv_a\/end/])
    assert.doesNotMatch(seen.text, hidden);
  // What one may not see is what is not there, byte for byte but for the request's id.
  stage.may = () => false;
  const anonymous = (html: string) => html.replaceAll(/[0-9a-f-]{36}|elv_\w+/g, '');
  const [unseen, none] = [await ben.ask('/elevations/elv_a'), await ben.ask('/elevations/elv_none')];
  assert.deepEqual([unseen.status, none.status], [404, 404]);
  assert.equal(anonymous(unseen.text), anonymous(none.text));
});

test('somebody acknowledges, asks, notes; the writer answers; each is an entry, and nothing else is taken', async () => {
  await stage.record(begun('elv_b', 'ana'), begun('elv_own', 'ben'));
  const say = (id: string, form: Record<string, string>) => ben.ask(`/elevations/${id}/remarks`, { form });
  assert.equal((await say('elv_b', { says: 'acknowledged' })).status, 303);
  assert.equal((await say('elv_b', { says: 'question', text: 'why <i>now</i>?' })).status, 303);
  assert.match((await ben.ask('/elevations/elv_b')).text, /asks[\s\S]*why &lt;i&gt;now&lt;\/i&gt;\?/);
  const refused: [string, Record<string, string>, number][] = [
    ['elv_b', { says: 'question' }, 400],
    ['elv_b', { says: 'comment', text: 'a\u202eb' }, 400],
    ['elv_b', { says: 'shout', text: 'a' }, 400],
    ['elv_b', { says: 'answer', text: 'I am ana' }, 403],
    ['elv_own', { says: 'acknowledged' }, 403],
    ['elv_none', { says: 'acknowledged' }, 404],
  ];
  for (const [id, form, status] of refused) assert.equal((await say(id, form)).status, status, JSON.stringify(form));
  assert.equal((await say('elv_own', { says: 'answer', text: 'as agreed' })).status, 303);
  stage.may = ({ action }) => action !== 'elevation.remark';
  assert.equal((await say('elv_b', { says: 'acknowledged' })).status, 403);
  const entries = (await stage.entries('elevation_remarked')).map(({ elevation, says, via }) => [elevation, says, via]);
  assert.deepEqual(entries, [
    ['elv_b', 'acknowledged', 'page'],
    ['elv_b', 'question', 'page'],
    ['elv_own', 'answer', 'page'],
  ]);
});

test('broken glass: who is asked reads what was written and closes the review, by our form; who may read no reason learns of neither', async () => {
  await stage.record(begun('elv_g', 'ana', { break_glass: true }), wrote('elv_g', 'ana'));
  assert.match((await ben.ask('/now')).text, /Broke glass/);
  const ana = { id: 'ana', email: 'ana@example.com', groups: ['dev'], kind: 'human', elevate: 'in-band' };
  const session = { id: 'ses_ana', via: 'tcp', application_name: 'psql', client_address: '192.0.2.7' };
  const owed = { principal: ana, session, target: { name: 'shop', labels: {} }, reason: 'the <b>shop</b> is down' };
  await stage.sql('INSERT INTO review_owed (elevation, body) VALUES ($1, $2)', [
    'elv_g',
    JSON.stringify({ ...owed, seconds: 900, sets: [{ ...DBA, people: ['ben'] }], channels: ['team'] }),
  ]);
  const close = (who: Browser, headers = {}) =>
    who.ask('/reviews/elv_g', { form: { comment: 'one row, as <i>said</i>' }, headers });
  stage.may = () => false;
  for (const path of ['/reviews/elv_g', '/elevations/elv_g']) {
    assert.equal((await zoe.ask(path)).status, 404, path);
    assert.match((await ben.ask(path)).text, /&lt;b&gt;/, path);
  }
  assert.equal((await close(zoe)).status, 404);
  assert.equal((await close(ben, { 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await ben.ask('/elevations/elv_g/remarks', { form: { says: 'acknowledged' } })).status, 403);
  assert.equal((await stage.entries('elevation_reviewed')).length, 0);
  assert.equal((await close(ben)).status, 303);
  assert.equal((await close(ben)).status, 409, 'a form that is sent twice');
  assert.match((await ben.ask('/elevations/elv_g')).text, /reviewed by ben: one row, as &lt;i&gt;said/);
  stage.may = ({ action }) => action === 'elevation.show';
  assert.doesNotMatch((await zoe.ask('/now')).text, /[Bb]roke glass/);
  const seen = await zoe.ask('/elevations/elv_g');
  assert.equal(seen.status, 200);
  assert.doesNotMatch(seen.text, /one row|Broke glass|4211/);
});

test('the record is searched by person, place, relation, form, outcome and time, a page at a time, row by row for who may read', async () => {
  for (const name of ['cid', 'dee']) await stage.record(begun(`elv_${name}`, name), wrote(`elv_${name}`, name));
  const rows = async (query: string) =>
    [...(await ben.ask(`/record?${query}`)).text.matchAll(/data-label="Who">(\w*)</g)].map(([, who]) => who);
  assert.deepEqual(await rows('who=cid'), ['cid', 'cid']);
  assert.deepEqual(await rows('who=cid&relation=items'), ['cid']);
  assert.deepEqual(await rows('who=cid&relation=public.none'), []);
  assert.deepEqual(await rows('who=cid&form=update+ORDERS'), ['cid']);
  assert.deepEqual(await rows('who=cid&form=f2'), ['cid'], 'by its fingerprint');
  assert.deepEqual(await rows('who=cid&form=f%25'), [], 'nothing in it is a pattern');
  await stage.record({ ...refusedIn('elv_cid', 'cid'), normalized: 'TRUNCATE "Or\\ders"' } as EntryDraft);
  assert.deepEqual(
    await rows(`who=cid&kind=refused&form=${encodeURIComponent('truncate "or\\d')}`),
    ['cid'],
    'as it is written',
  );
  assert.deepEqual(await rows('who=dee&outcome=error'), ['dee']);
  assert.deepEqual(await rows('who=dee&outcome=unknown'), []);
  assert.deepEqual(await rows('who=dee&target=stock'), []);
  assert.deepEqual(await rows('who=dee&until=1h'), []);
  for (const wrong of ['since=yesterday', 'outcome=well', 'kind=none', 'kind=constructor', 'after=e30'])
    assert.equal((await ben.ask(`/record?${wrong}`)).status, 400, wrong);
  // Page after page, each entry once.
  await stage.record(...Array.from({ length: 60 }, (_, n) => begun(`elv_p${n}`, 'pia')));
  let [path, seen]: [string | undefined, string[]] = ['/record?who=pia', []];
  while (path !== undefined) {
    const { text } = await ben.ask(path);
    seen = [...seen, ...[...text.matchAll(/href="\/elevations\/(elv_p\d+)"/g)].map(([, id]) => id ?? '')];
    path = /href="(\/record\?[^"]*after=[^"]*)">Older/.exec(text)?.[1]?.replaceAll('&amp;', '&');
  }
  assert.deepEqual(
    [seen.length, new Set(seen).size, seen[0]],
    [60, 60, 'elv_p59'],
    'the newest first, on more than one page',
  );
  // One's own, and nobody else's; that there is more is said by nothing.
  await stage.record(begun('elv_mine', 'ben'), wrote('elv_mine', 'ben'));
  stage.may = asOneOfTheTeam;
  assert.deepEqual(new Set(await rows('')), new Set(['ben']));
  assert.deepEqual(await rows('who=cid'), []);
  stage.may = () => false;
  const { text } = await ben.ask('/record');
  assert.match(text, /Nothing here is for you to read/);
  assert.doesNotMatch(text, /Older|Look on|export\?/);
});

test('what is shown is taken along as CSV, which no spreadsheet takes for a formula', async () => {
  await stage.record(begun('elv_csv', '=cmd', { reason: '=HYPERLINK("http://evil")' }));
  const { headers, text } = await ben.ask('/record/export?who=%3Dcmd');
  assert.match(headers.get('content-disposition') ?? '', /attachment/);
  const [, row = ''] = text.split('\r\n');
  assert.match(row, /,"'=cmd","shop",/);
  assert.doesNotMatch(text, /(^|,)"?[=+@]/m);
  stage.may = () => false;
  assert.equal((await ben.ask('/record/export')).text.split('\r\n').length, 2, 'its head alone');
});

/** Of Now, as its stream sends it first. */
async function firstPart(who: Browser): Promise<string> {
  const enough = new AbortController();
  const headers = { cookie: `sudoql=${who.cookie('sudoql')}` };
  const { body } = await fetch(`${stage.http}/live/now`, { headers, signal: enough.signal });
  let said = '';
  for await (const chunk of body ?? []) {
    said += Buffer.from(chunk).toString();
    if (said.includes('\n\n')) break;
  }
  enough.abort();
  return said;
}

test('more than a thousand live elevations are pages of at most 50 KB, by who may see them; for who may not, as if nobody wrote', async () => {
  const ended = (await stage.sql("SELECT elevation FROM entry WHERE kind = 'elevation_started'")).map(
    ({ elevation }): EntryDraft => ({
      kind: 'elevation_ended',
      ...{ elevation: String(elevation), why: 'unsudo', seconds: 1, summary: null, backend: 'gone', ...of('ana') },
    }),
  );
  await stage.record(...ended);
  stage.may = () => false;
  const nobody = await ben.ask('/now');
  await stage.sql(
    `INSERT INTO entry (at, body, hash) SELECT at, jsonb_set(jsonb_set(jsonb_set(jsonb_set(body::jsonb, '{elevation}', to_jsonb('elv_m' || n)),
       '{principal}', to_jsonb('person' || n)), '{session}', to_jsonb('ses_' || n)), '{seq}', to_jsonb(1000000 + n))::text, hash
     FROM entry, generate_series(1, 1001) AS n WHERE kind = 'elevation_started' AND elevation = 'elv_a'`,
  );
  stage.may = () => true;
  const seen = new Set<string>();
  for (let path: string | undefined = '/now'; path !== undefined; ) {
    const { text } = await ben.ask(path);
    assert.ok(Buffer.byteLength(text) <= 50 * 1_024, `${Buffer.byteLength(text)} bytes`);
    for (const [, id = ''] of text.matchAll(/href="\/elevations\/(elv_m\d+)"/g)) seen.add(id);
    path = /href="(\/now\?after=[^"]*)"/.exec(text)?.[1];
  }
  assert.equal(seen.size, 1_001);
  assert.match(
    (await ben.ask('/record/export?kind=elevations')).text,
    /"cut"[^\r]*There is more behind this line[^\r]*\r\n$/,
  );
  // Whom a limit would cut off is kept current, and finds what is theirs.
  stage.may = ({ subject }) => subject === 'person1';
  assert.match(await firstPart(ben), /person1</);
  stage.may = asOneOfTheTeam;
  assert.match((await zoe.ask('/record?kind=people')).text, /data-label="Who">zoe</);
  stage.may = ({ subject }) => subject === 'person7';
  assert.match((await ben.ask('/now')).text, /person7[\s\S]*another/);
  stage.may = () => false;
  assert.equal((await ben.ask('/now')).text, nobody.text);
});

test('policy: what is in force, who changed what; what waits is approved and denied by others, who may, and nothing by GET', async () => {
  stage.may = ({ action }) => !action.startsWith('policy.');
  assert.equal((await ben.ask('/policy')).status, 403);
  stage.may = () => true;
  const ask = (id: string, by: string) =>
    stage.sql(
      `INSERT INTO policy_request (id, revision, content, after, actor, summary, rights, difference, flips)
       VALUES ($1, $2, NULL, (SELECT max(seq) FROM policy_activation), $3, 'opens <stock>', '["dev may write to stock"]', '["+ stock"]', '["3 × deny→allow"]')`,
      [id, 'e'.repeat(64), JSON.stringify({ principal: by })],
    );
  await stage.sql(
    "INSERT INTO policy_activation (revision, actor, summary, kind, rights) VALUES (repeat('d', 64), '{\"operator\": \"root\"}', 'the first', 'activated', '[\"ana may write\"]')",
  );
  await ask('aaaaaaaaaaaa', 'ana');
  await ask('bbbbbbbbbbbb', 'ben');
  const page = await ben.ask('/policy');
  assert.match(page.text, /opens &lt;stock&gt;[\s\S]*dev may write to stock[\s\S]*the first[\s\S]*ana may write/);
  const one = await ben.ask('/policy/requests/aaaaaaaaaaaa');
  assert.match(one.text, /\+ stock[\s\S]*3 × deny→allow/);
  assert.match(one.text, /requests\/aaaaaaaaaaaa\/approve/);
  const own = await ben.ask('/policy/requests/bbbbbbbbbbbb');
  assert.doesNotMatch(own.text, /bbbbbbbbbbbb\/approve/);
  const answer = (id: string, what: string, headers = {}) =>
    ben.ask(`/policy/requests/${id}/${what}`, { form: {}, headers });
  assert.equal((await ben.ask('/policy/requests/aaaaaaaaaaaa/approve')).status, 404, 'by GET');
  assert.equal((await answer('aaaaaaaaaaaa', 'approve', { 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await answer('bbbbbbbbbbbb', 'approve')).status, 403, 'one’s own');
  stage.may = ({ action }) => action !== 'policy.approve';
  assert.equal((await answer('aaaaaaaaaaaa', 'approve')).status, 403, 'who may not');
  stage.may = () => true;
  assert.equal((await stage.entries('policy_approved')).length, 0);
  assert.equal((await answer('aaaaaaaaaaaa', 'approve')).status, 303);
  assert.equal((await stage.entries('policy_approved')).length, 1);
  assert.equal((await answer('aaaaaaaaaaaa', 'deny')).status, 303);
  assert.equal((await answer('aaaaaaaaaaaa', 'approve')).status, 409, 'it is denied');
});

test('notices: what was given up is tried again by who may, a test is sent; who may not sees none', async () => {
  await stage.sql(
    `INSERT INTO notice (id, channel, grouping, body, head)
     SELECT 'ntc_' || n, 'team', 'g' || n, '{"event": "gateway.problem", "problem": "x"}', '{"chain": "c", "seq": 1, "hash": "h", "at": "2030-01-01"}'
     FROM generate_series(1, 2) AS n`,
  );
  await stage.sql(
    "INSERT INTO notice_message (notice, message) SELECT 'ntc_' || n, 'ntc_' || n FROM generate_series(1, 2) n",
  );
  await stage.sql(
    `INSERT INTO notice_attempt (message, attempt, outcome, problem) VALUES ('ntc_1', 1, 'dead', 'no <such> host'), ('ntc_2', 1, 'failed', '451 later')`,
  );
  // However many wait behind it.
  await stage.sql(
    `INSERT INTO notice (id, channel, grouping, body, head)
     SELECT 'ntc_w' || n, 'team', 'w' || n, body, head FROM notice, generate_series(1, 101) AS n WHERE id = 'ntc_1'`,
  );
  const { text } = await ben.ask('/notices');
  assert.match(text, /Waiting[\s\S]*The newest 100\./);
  assert.match(text, /Given up[\s\S]*no &lt;such&gt; host[\s\S]*Failing[\s\S]*451 later/);
  assert.match((await ben.ask('/notices/ntc_1')).text, /no &lt;such&gt; host/);
  const post = (path: string) => ben.ask(path, { form: {} });
  stage.may = ({ action }) => action !== 'notice.send';
  assert.equal((await post('/notices/ntc_1/retry')).status, 403);
  assert.equal((await post('/notices/test')).status, 403);
  assert.doesNotMatch((await ben.ask('/notices')).text, /retry|Send a test/);
  stage.may = () => true;
  assert.equal((await post('/notices/ntc_1/retry')).status, 303);
  assert.equal((await post('/notices/ntc_none/retry')).status, 404);
  const [state] = await stage.sql("SELECT state FROM notice_state WHERE id = 'ntc_1'");
  assert.equal(state?.state, 'pending');
  assert.equal((await post('/notices/test')).status, 200);
  const decided = await until('each decision is in the record', async () => {
    const sending = (await stage.entries('admin_decided')).filter(({ action }) => action === 'notice.send');
    return sending.length >= 5 ? sending : null;
  });
  assert.deepEqual(
    decided.map(({ principal, result }) => [principal, result]),
    ['deny', 'deny', 'allow', 'allow', 'allow'].map((result) => ['ben', result]),
  );
  stage.may = ({ action }) => !action.startsWith('notice.');
  for (const path of ['/notices', '/notices/ntc_1', '/notices/ntc_none'])
    assert.equal((await ben.ask(path)).status, 403, path);
});

const live = (elevation: string, principal?: string, reason?: string) => begins(stage, elevation, principal, reason);
const isRevoked = async (elevation: string) =>
  (await stage.entries('elevation_revoked')).find((entry) => entry.elevation === elevation) ?? null;

test('the stop link: facts, a name, a why; then what came of it; over, it says by whom and why; cut, it is a page', async () => {
  await live('elv_s');
  await stage.record(wrote('elv_s', 'ana'));
  const anyone = new Browser(stage.http);
  const link = '/stop/elv_s?key=right';
  const asked = await anyone.ask(link);
  for (const said of [
    /shop \(production\)/,
    /psql &lt;b&gt;, from 192\.0\.2\.7/,
    /3 rows of public\.orders/,
    /Time left/,
    /required/,
  ])
    assert.match(asked.text, said);
  assert.doesNotMatch(asked.text, /<script|src=|Stop all/);
  const cut = await anyone.ask('/stop/elv_s');
  assert.deepEqual([cut.status, cut.headers.get('content-type')], [400, 'text/html; charset=utf-8']);
  assert.match(cut.text, /not whole/);
  assert.equal((await anyone.ask('/stop/elv_s?key=wrong')).status, 404);
  // A scanner that submits forms as they are; one that says something that no person reads.
  const post = (form: Record<string, string>) => anyone.ask(link, { form });
  for (const form of [{}, { name: '' }, { name: '\u202e' }, { name: 'dan', why: 'a\u202eb' }])
    assert.equal((await post(form)).status, 400, JSON.stringify(form));
  assert.equal(await isRevoked('elv_s'), null);
  const stopping = post({ name: 'Dan <i>', why: 'wrong table' });
  const entry = await until('elv_s is stopped', () => isRevoked('elv_s'));
  assert.deepEqual(
    [entry.actor, entry.why],
    [{ operator: 'somebody who says they are Dan <i> (stop link, opened from 127.0.0.1)' }, 'wrong table'],
  );
  await stage.record(ending('elv_s'));
  const stopped = await stopping;
  assert.equal(stopped.status, 200);
  assert.match(stopped.text, /Stopped[\s\S]*was open, and was rolled back[\s\S]*gone/);
  const over = await anyone.ask(link);
  assert.equal(over.status, 410);
  assert.match(over.text, /It was stopped, by somebody who says they are Dan &lt;i&gt;[\s\S]*wrong table/);
  const [told] = await stage.sql("SELECT body FROM notice WHERE body ->> 'event' = 'elevation.revoked'");
  assert.equal((told as { body: { why?: string } }).body.why, 'wrong table');
});

test('who is signed in stops in their own name, and nobody in another’s; where configured nobody else stops', async () => {
  await live('elv_t');
  const link = '/stop/elv_t?key=right';
  assert.match((await ben.ask(link)).text, /signed in as <strong>ben<\/strong>/);
  const foreign = { form: {}, headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } };
  assert.equal((await ben.ask(link, foreign)).status, 400, 'another page’s form has no name');
  stage.people.settings.stop = 'signed-in';
  const anyone = new Browser(stage.http);
  assert.match((await anyone.ask(link)).text, /href="\/sign-in\?to=\/elevations\/elv_t"/);
  assert.equal((await anyone.ask(link, { form: { name: 'Dan' } })).status, 403);
  assert.equal(await isRevoked('elv_t'), null);
  const stopping = ben.ask(link, { form: {} });
  assert.deepEqual((await until('elv_t is stopped', () => isRevoked('elv_t'))).actor, { principal: 'ben' });
  await stage.record(ending('elv_t'));
  assert.equal((await stopping).status, 200);
  stage.people.settings.stop = 'link';
});

test('a pool’s link stops all of it, and nothing of another person, place or reason', async () => {
  for (const id of ['elv_u1', 'elv_u2']) await live(id, 'uma', 'nightly import');
  await live('elv_u3', 'uma', 'another reason');
  await live('elv_v', 'vic', 'nightly import');
  const link = '/stop/elv_u1?key=right';
  const anyone = new Browser(stage.http);
  assert.match((await anyone.ask(`${link}&all`)).text, /Stop all 2/);
  const stopping = anyone.ask(link, { form: { name: 'Dan', all: 'yes' } });
  await until('elv_u1 is stopped', () => isRevoked('elv_u1'));
  await stage.record(ending('elv_u1', 'uma'), ending('elv_u2', 'uma'));
  assert.match((await stopping).text, /Stopped, all 2/);
  assert.ok(await isRevoked('elv_u2'));
  assert.deepEqual([await isRevoked('elv_u3'), await isRevoked('elv_v')], [null, null]);
});

test('live parts: sent when something has changed, decided anew each time for who looks, over with the session', async (context) => {
  const liv = await signedIn('liv');
  assert.match(
    (await liv.ask('/now')).text,
    /<script type="module" src="\/assets\/live-[\s\S]*<section data-live="now">/,
  );
  const gone = new AbortController();
  context.after(() => gone.abort());
  const stream = async () =>
    fetch(`${stage.http}/live/now`, { headers: { cookie: `sudoql=${liv.cookie('sudoql')}` }, signal: gone.signal });
  const answer = await stream();
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
  let said = '';
  let over = false;
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) said += Buffer.from(chunk).toString();
    over = true;
  })();
  await until('the part comes', () => said.includes('event: part'));
  await stage.record(begun('elv_live', 'newcomer'));
  await until('who begins to write is shown', () => said.includes('newcomer'));
  stage.may = ({ subject }) => subject !== 'newcomer';
  // The last one that is whole.
  const shown = () => said.split('\n\n').at(-2) ?? '';
  await until('it is sent without whom they may no longer see', () => !shown().includes('newcomer'));
  const more = await Promise.all([stream(), stream(), stream(), stream()]);
  assert.deepEqual(more.map(({ status }) => status).sort(), [200, 200, 200, 429]);
  await liv.ask('/sign-out', { form: {} });
  await until('it is over', () => over);
  await reading;
  assert.match(said, /event: over/);
  assert.equal((await fetch(`${stage.http}/live/now`, { redirect: 'manual' })).status, 303, 'nobody is signed in');
});
