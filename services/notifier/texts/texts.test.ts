import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../message.ts';
import type { NoticeEvent } from '../notice.ts';
import { renderHtml } from '../render/html.ts';
import { renderText } from '../render/text.ts';
import { clockTime, clockTimes } from '../render/times.ts';
import { visible } from '../render/visible.ts';
import { ended, HEAD, messageOf, started } from '../testing.ts';
import { compose } from './compose.ts';

const NOW = new Date('2026-11-30T14:17:00Z');

const message = (events: NoticeEvent[], createdAt = NOW): Message => messageOf(events, createdAt);
const link = (elevation: string) => `https://sudoql.example.com/stop/${elevation}?key=k`;
const letter = (...events: NoticeEvent[]) => compose(message(events), link, NOW);
const start = started({
  reason: 'fix order 4211',
  started_at: '2026-11-30T14:17:00Z',
  deadline: '2026-11-30T14:32:00Z',
  elevation: 'elv_a',
});

test('the first line says who, where, why and until when', () => {
  assert.equal(letter(start).subject, 'ana can write to shop (production) until 14:32 UTC: fix order 4211');
});

test('a live elevation can be stopped by a link; one that is over, or has no link, cannot', () => {
  assert.deepEqual(letter(start).stop, [{ elevation: 'elv_a', about: null, url: link('elv_a') }]);
  const late = new Date('2026-11-30T15:00:00Z');
  assert.deepEqual(compose(message([start]), link, late).stop, []);
  assert.deepEqual(compose(message([start]), () => null, NOW).stop, []);
  assert.match(compose(message([start]), () => null, NOW).advice ?? '', /revoke/);
});

test('a message that an outage held back says so', () => {
  const hour = new Date(NOW.getTime() + 3_600_000);
  assert.equal(letter(start).lead.length, 0);
  assert.match(compose(message([start]), link, hour).lead[0] ?? '', /^This message is 1 h late: .* 14:17 UTC/);
});

test('a pool is one message that names every session and can stop each', () => {
  const pool = Array.from({ length: 10 }, (_, i) =>
    started({ ...start, session: `ses_p${i}`, elevation: `elv_p${i}` }),
  );
  const { subject, stop } = letter(...pool);
  assert.match(subject, /^ana can write to shop \(production\) in 10 sessions until 14:32 UTC/);
  assert.equal(stop.length, 10);
  const text = renderText(letter(...pool));
  for (const { session } of pool) assert.ok(text.includes(session));
});

test('the closing message says what was left behind first, then what was not seen, then what was done', () => {
  const text = renderText(
    letter(
      ended(start, {
        started_at: '2026-11-30T14:17:00Z',
        ended_at: '2026-11-30T14:21:10Z',
        why: 'revoked',
        summary: {
          statements: 5,
          failed: 2,
          rows: { 'public.orders': 1, 'public.order_items': 1_212 },
          leftBehind: [
            { effect: 'code', statement: 'CREATE TRIGGER t AFTER UPDATE ON orders EXECUTE FUNCTION f($1)' },
            { effect: 'deferred', statement: 'SELECT cron.schedule($1, $2)' },
          ],
          rolledBack: true,
          backend: 'unconfirmed',
        },
      }),
    ),
  );
  const inOrder = [
    'CREATE TRIGGER t',
    'cron.schedule',
    'could not see in the database that it is gone',
    '4 min 10 s',
    '5 statements, 2 of them failed',
    'rolled back',
    'public.order_items  1,212',
    'public.orders  1',
  ];
  const places = inOrder.map((part) => text.indexOf(part));
  assert.ok(!places.includes(-1), `missing: ${inOrder[places.indexOf(-1)]}\n${text}`);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test('nobody is told that it is over when nobody saw it', () => {
  const unseen = letter(ended(start, { summary: { ...summaryOf(), backend: 'unconfirmed' } }));
  assert.match(unseen.subject, /^ana MAY STILL WRITE to shop \(production\), please check: /);
  assert.ok(!unseen.headline.includes('can no longer write'));
  const lost = letter(ended(start, { why: 'gateway_lost', summary: null }));
  assert.match(lost.subject, /^ana MAY HAVE WRITTEN to shop \(production\), what is unknown/);
  assert.match(renderText(lost), /how the last ones ended is unknown/);
  assert.match(letter(ended(start)).headline, /^ana can no longer write/);
});

test('what may have been committed is told as that: in the subject, by table, and in no line as undone', () => {
  const unknown = { statements: 2, rows: { 'public.items': 3 }, changed: ['public.orders'] };
  const some = letter(ended(start, { summary: { ...summaryOf(), rolledBack: false, unknown } }));
  assert.match(
    some.subject,
    /^ana wrote to 2 tables of shop \(production\), MORE MAY HAVE BEEN WRITTEN, and is done: /,
  );
  assert.equal(some.tone, 'alarm');
  const text = renderText(some);
  assert.match(text, /Unknown, may have been committed: 2 statements/);
  assert.match(text, /public\.items +up to 3/);
  assert.match(text, /public\.orders +rows not counted/);
  assert.match(text, /It is not known whether the last one was committed/);
  assert.doesNotMatch(text, /nothing of it stays|None was open|no rows written/);
  const one = { statements: 1, rows: {}, changed: ['public.orders'] };
  const nothing = { ...summaryOf(), rows: {}, rolledBack: false };
  assert.match(
    letter(ended(start, { summary: { ...nothing, unknown: one } })).subject,
    /^ana MAY HAVE WRITTEN to shop \(production\), public\.orders, and is done: /,
  );
  const opaque = { ...nothing, unknown: { statements: 1, rows: {} } };
  assert.match(
    letter(ended(start, { summary: opaque })).subject,
    /^ana MAY HAVE WRITTEN to shop \(production\) and is done: /,
  );
  const grant = [{ effect: 'grant', statement: 'GRANT SELECT ON orders TO reporting', unknown: true as const }];
  const left = renderText(letter(ended(start, { summary: { ...opaque, leftBehind: grant } })));
  assert.match(left, /GRANT SELECT ON orders TO reporting \(it is not known whether this was committed\)/);
});

test('an end that nobody saw is unconfirmed in every line', () => {
  const summary = { ...summaryOf(), rows: {}, rolledBack: true, backend: 'unconfirmed' as const };
  const unseen = letter(ended(start, { summary }));
  assert.match(unseen.subject, /please check: was not seen to write rows so far: /);
  const text = renderText(unseen);
  assert.match(text, /that it was rolled back could not be seen/);
  assert.doesNotMatch(text, /nothing of it stays|can no longer write|It ended because/);
  const lost = letter(ended(start, { summary: null, backend: 'unconfirmed' }));
  assert.match(
    lost.subject,
    /^ana MAY STILL WRITE to shop \(production\), please check: MAY HAVE WRITTEN so far, what is unknown/,
  );
});

test('rows that no tag counts are never told as no rows', () => {
  const leftBehind = [{ effect: 'dynamic', statement: 'CALL tidy()' }];
  const { subject } = letter(ended(start, { summary: { ...summaryOf(), rows: {}, leftBehind } }));
  assert.match(subject, /rows not counted/);
  assert.doesNotMatch(subject, /no rows/);
});

test('an end of several sessions adds up what they wrote', () => {
  const both = letter(ended(start), ended(started({ ...start, elevation: 'elv_b' })));
  assert.deepEqual(both.blocks[0]?.rows, [
    ['public.order_items', '24'],
    ['public.orders', '2'],
  ]);
  assert.match(both.subject, /in 2 sessions/);
});

test('the first forty characters say who, what, where and in which environment', () => {
  const { by: _by, started_at: _s, deadline: _d, ...of } = start;
  const events: NoticeEvent[] = [
    start,
    { ...of, event: 'elevation.extended', deadline: start.deadline },
    { ...of, event: 'elevation.revoked', by: 'stop link, opened from 2001:db8:1234:5678:9abc:def0:1234:5678' },
    { ...of, event: 'elevation.refused', codes: [], messages: [] } as NoticeEvent,
    { ...of, event: 'elevation.settled', ended_at: start.deadline, settled_at: start.deadline, backend: 'unconfirmed' },
    ended(start, { summary: { ...summaryOf(), rows: { 'public.orders': 123 } } }),
    ended(start, { summary: { ...summaryOf(), rows: {} } }),
    ended(start, { summary: null }),
    ended(start, { summary: { ...summaryOf(), backend: 'unconfirmed' } }),
    ended(start, {
      summary: { ...summaryOf(), leftBehind: [{ effect: 'code', statement: 'CREATE VIEW v AS SELECT 1' }] },
    }),
  ];
  for (const event of events) assert.match(letter(event).subject.slice(0, 44), /^ana .*shop \(production\)/);
  assert.match(
    letter(events.at(-1) as NoticeEvent).subject,
    /^ana LEFT CODE BEHIND on shop \(production\), wrote to 2 tables and is done/,
  );
});

test('a message tells what is true when it is sent: one that is over has no stop link, whatever was to be told', () => {
  const now = new Date('2026-11-30T14:20:00Z');
  const end = ended(start, { started_at: start.started_at, ended_at: '2026-11-30T14:18:00Z' });
  const { by: _by, started_at: _at, ...of } = start;
  const extended: NoticeEvent = { ...of, event: 'elevation.extended', deadline: '2026-11-30T15:00:00Z' };
  const whole = compose(message([start, extended, end]), link, now);
  assert.match(whole.subject, /^ana wrote to 2 tables of shop \(production\) and is done/);
  assert.deepEqual(whole.stop, []);
  assert.match(renderText(whole), /tells the whole of it/);
  // Told elsewhere, to those who have got this one's first part: the truth is the same.
  const late = compose({ ...message([start]), known: [end] }, link, now);
  assert.deepEqual(late.stop, []);
  assert.match(late.subject, /^ana could write to shop \(production\)/);
  assert.match(renderText(late), /It is over already/);
  const longer = compose({ ...message([start]), known: [extended] }, link, now);
  assert.match(longer.subject, /^ana can write to shop \(production\) until 15:00 UTC/);
  const past = compose(message([start]), link, new Date('2026-11-30T14:40:00Z'));
  assert.match(past.subject, /^ana could write to shop \(production\) until 14:32 UTC/);
  // To programs it is the event, at each attempt the same.
  const programs = { audience: 'programs', timeZone: null } as const;
  const [early, again] = [now, new Date('2026-12-02T00:00:00Z')].map((at) =>
    compose({ ...message([start]), known: [end] }, link, at, programs),
  );
  assert.deepEqual(early, again);
  assert.match(early?.subject ?? '', /^ana can write .* until 14:32 UTC/);
  assert.equal(early?.stop.length, 1);
});

test('of a pool that broke glass in one session, the link is to the review of that one', () => {
  const page = (path: string) => `https://sudoql.example.com${path}`;
  const glass = started({ ...start, elevation: 'elv_b', break_glass: true });
  for (const events of [
    [start, glass],
    [glass, start],
  ])
    assert.equal(
      compose(message(events), link, NOW, undefined, page).open?.url,
      'https://sudoql.example.com/reviews/elv_b',
    );
});

test('broken glass is loud in whatever tells of it: also when it was over before its start could be told, stopped, or one of a flood', () => {
  const page = (path: string) => `https://sudoql.example.com${path}`;
  const glass = started({ ...start, elevation: 'elv_b', break_glass: true });
  const other = started({ ...start, elevation: 'elv_c', reason: 'another' });
  const { event: _, by: _by, ...of } = glass;
  const stopped: NoticeEvent = { ...of, event: 'elevation.revoked', by: 'sec' };
  const told: [string, NoticeEvent[], NoticeEvent[]][] = [
    ['whole', [glass, ended(glass)], []],
    ['its end alone', [ended(glass)], [glass]],
    ['stopped', [glass, stopped], []],
    ['of a flood', [other, glass, ended(other)], []],
    ['over elsewhere', [glass], [ended(glass)]],
  ];
  for (const [which, events, known] of told) {
    const { subject, tone, lead, open } = compose({ ...message(events), known }, link, NOW, undefined, page);
    assert.match(subject, /^GLASS BROKEN: ana /, which);
    assert.deepEqual([tone, open?.url], ['alarm', page('/reviews/elv_b')], which);
    assert.ok(
      lead.some((line) => line.includes('Nobody was asked')),
      which,
    );
  }
});

test('of a pool some of whose sessions are over, each is told as it is', () => {
  const pool = Array.from({ length: 3 }, (_, i) => started({ ...start, session: `ses_q${i}`, elevation: `elv_q${i}` }));
  const [one, two, three] = pool;
  assert.ok(one && two && three);
  const mixed = letter(one, two, three, ended(two));
  assert.match(mixed.subject, /^ana can write to shop \(production\) in 2 sessions/);
  assert.deepEqual(
    mixed.stop.map(({ elevation }) => elevation),
    ['elv_q0', 'elv_q2'],
  );
  assert.match(
    renderText(mixed),
    /Over already: 1 session\n {2}- ses_q1 .*12 rows of public\.order_items, 1 row of public\.orders/,
  );
  const unseen = letter(one, two, ended(two, { summary: { ...summaryOf(), backend: 'unconfirmed' } }));
  assert.equal(unseen.tone, 'alarm');
  assert.match(renderText(unseen), /could not be confirmed that it is over/);
  const over = renderText(letter(...pool.map((each) => ended(each))));
  for (const { elevation } of pool)
    assert.match(
      over,
      new RegExp(`${elevation} · .*: 12 rows of public.order_items, 1 row of public.orders; 2 min 10 s`),
    );
});

test('a digest names every elevation with its reason and what came of it', () => {
  const many = Array.from({ length: 100 }, (_, i) =>
    started({ ...start, reason: `reason ${i}`, elevation: `elv_m${i}` }),
  );
  const events = [...many, ...many.slice(0, 60).map((each) => ended(each))];
  const digest = letter(...events);
  assert.match(
    digest.subject,
    /^ana can write to shop \(production\), 100 reasons \(40 go on, 60 over\): reason 0; reason 1; /,
  );
  assert.equal(digest.stop.length, 40);
  const text = renderText(digest);
  for (const { elevation, reason } of many) assert.ok(text.includes(`${reason} · ${elevation}: `), elevation);
});

test('an end that was confirmed later is told as gone, and what still is not as an alarm', () => {
  const { by: _by, started_at: _s, deadline: _d, ...of } = start;
  const settled = (backend: 'gone' | 'unconfirmed'): NoticeEvent => ({
    ...of,
    event: 'elevation.settled',
    ended_at: '2026-11-30T14:17:00Z',
    settled_at: '2026-11-30T14:19:00Z',
    backend,
  });
  const gone = letter(settled('gone'));
  assert.equal(gone.tone, 'calm');
  assert.match(gone.subject, /^ana no longer writes to shop \(production\), confirmed/);
  assert.equal(letter(settled('unconfirmed')).tone, 'alarm');
  const summary = { ...summaryOf(), backend: 'unconfirmed' as const };
  assert.doesNotMatch(renderText(letter(ended(start, { summary }), settled('gone'))), /may still|could not/);
});

test('the same instant is said in the channel’s time zone, with UTC beside it', () => {
  const berlin = { audience: 'people', timeZone: 'Europe/Berlin' } as const;
  const zoned = compose(message([start]), link, NOW, berlin);
  assert.match(zoned.subject, /until 15:32 CET: /);
  assert.match(renderText(zoned), /Until: .*15:32 CET \(14:32 UTC\), for 15 min/);
  assert.equal(
    clockTimes(new Date('2026-07-01T22:30:00Z'), NOW, 'Europe/Berlin'),
    '2 Jul 00:30 CEST (1 Jul 22:30 UTC)',
  );
  assert.match(clockTimes(NOW, NOW, 'America/New_York'), /^09:17 EST \(14:17 UTC\)$/);
});

test('how long it took is told as that, also within one minute', () => {
  const end = ended(start, { started_at: '2026-11-30T14:17:05Z', ended_at: '2026-11-30T14:17:47Z' });
  assert.match(renderText(letter(end)), /How long: +42 s, at 14:17 UTC/);
});

test('of a lost gateway’s elevation is told what the record and the database prove', () => {
  const lost = {
    why: 'gateway_lost',
    started_at: '2026-11-30T14:17:00Z',
    ended_at: '2026-11-30T14:18:05Z',
    last_seen_at: '2026-11-30T14:18:00Z',
  } as const;
  const text = renderText(letter(ended(start, lost)));
  assert.match(
    text,
    /at least 1 min, as the record shows; at most 1 min 5 s: then the database no longer showed the connection/,
  );
  const summary = { ...summaryOf(), backend: 'unconfirmed' as const };
  assert.match(
    renderText(letter(ended(start, { ...lost, summary }))),
    /at least 1 min, as the record shows; its end was not seen/,
  );
});

test('what was refused in write mode is told by form, with how often', () => {
  const refused = {
    statements: 9,
    forms: [
      { statement: 'DELETE FROM orders', codes: ['whole_table'], times: 2 },
      { statement: 'DROP TABLE orders', codes: ['destructive'], times: 5 },
      { statement: null, codes: ['not_understood'], times: 1 },
    ],
    unnamed: 1,
  };
  const end = letter(ended(start, { summary: { ...summaryOf(), rows: { 'public.orders': 1 }, refused } }));
  assert.match(end.subject, /^ana wrote 1 row to shop \(production\), public\.orders, 9 refused, and is done/);
  const text = renderText(end);
  assert.match(text, /Refused, and not run: 9 statements\n1 statement of further forms/);
  assert.match(text, /- DROP TABLE orders \(destructive\) {2}5 ×\n {2}- DELETE FROM orders \(whole_table\) {2}2 ×/);
});

test('where triggers or keys changed more than is counted, that is said', () => {
  const end = letter(
    ended(start, { summary: { ...summaryOf(), rows: { 'public.orders': 1 }, further: ['public.orders'] } }),
  );
  assert.match(
    end.subject,
    /^ana wrote 1 row to shop \(production\), public\.orders, and more by its triggers or keys, and is done/,
  );
  assert.match(renderText(end), /More may have been changed than is counted\n.*\n {2}- public\.orders/);
});

test('rows that the database counted are said beside those of the tags', () => {
  const rows = { inserted: 0, updated: 0, deleted: 0 };
  const counted = { 'public.orders': { ...rows, updated: 1 }, 'audit.log': { ...rows, inserted: 1_200, deleted: 3 } };
  const end = letter(ended(start, { summary: { ...summaryOf(), rows: { 'public.orders': 1 }, counted } }));
  assert.match(end.subject, /public\.orders, and more by its triggers or keys, and is done/);
  assert.match(
    renderText(end),
    /Rows as the database counted them, with those of triggers, rules and keys\n.*\n {2}- audit\.log {2}1,200 inserted, 3 deleted\n {2}- public\.orders {2}1 updated/,
  );
  const alike = letter(
    ended(start, {
      summary: { ...summaryOf(), rows: { 'public.orders': 1 }, counted: { 'public.orders': { ...rows, updated: 1 } } },
    }),
  );
  assert.doesNotMatch(alike.subject, /more by/);
});

test('every kind of event has a text', () => {
  const { by: _by, started_at: _s, deadline: _d, elevation, ...subject } = start;
  const events: NoticeEvent[] = [
    { ...subject, event: 'elevation.extended', elevation, deadline: '2026-11-30T14:52:00Z' },
    {
      ...subject,
      event: 'elevation.refused',
      codes: ['elevation.no_ticket'],
      messages: ['The reason names no ticket.'],
    },
    { ...subject, event: 'elevation.revoked', elevation, by: 'sec' },
    {
      event: 'policy.activated',
      revision: 'abc',
      previous: null,
      summary: 'Two rules changed.',
      rights: ['ben can now write to shop'],
      by: 'sec',
    },
    { event: 'policy.refused', revision: null, problem: 'a.rego:1: broken', by: null, gateway: 'gw-a-1' },
    {
      ...{ event: 'policy.requested', request: '3fb2c1a09d42', revision: 'abc', previous: null, by: 'sec' },
      ...{ summary: 'Two rules changed.', rights: ['ben can now write to shop'] },
    },
    { event: 'policy.denied', request: '3fb2c1a09d42', revision: 'abc', of: 'sec', by: 'ben' },
    {
      ...{ event: 'policy.line_ends', revision: 'abc', line: 'elevation.grants."release"' },
      ...{ until: '2026-11-20T00:00:00', owner: 'ana', ticket: null },
    },
    { event: 'gateway.problem', problem: 'The ledger is at 80 % of its size.', gateway: 'gw-a-1' },
  ];
  assert.deepEqual(
    events.map((event) => letter(event).subject),
    [
      'ana goes on writing to shop (production) until 14:52 UTC: fix order 4211',
      'ana may not write to shop (production): fix order 4211',
      'ana was stopped on shop (production) by sec: fix order 4211',
      'Policy abc is in force, by sec',
      'A policy was refused at gw-a-1 and did not go live',
      'A policy of sec waits for approval',
      'The policy of sec was denied by ben',
      'elevation.grants."release" ends on 2026-11-20T00:00:00 UTC',
      'Problem of gw-a-1: The ledger is at 80 % of its size.',
    ],
  );
});

test('a policy that waits is read and answered by its page, where there is a console', () => {
  const asked: NoticeEvent = {
    ...{ event: 'policy.requested', request: '3fb2c1a09d42', revision: 'abc', previous: null, by: 'sec' },
    ...{ summary: 'Two rules changed.', rights: [] },
  };
  assert.equal(letter(asked).open, null);
  const people = { audience: 'people', timeZone: null } as const;
  const { open } = compose(message([asked]), link, NOW, people, (path) => `https://sudoql.example.com${path}`);
  assert.equal(open?.url, 'https://sudoql.example.com/policy/requests/3fb2c1a09d42');
});

test('the chain’s head is the last line of the text, and in the HTML', () => {
  assert.ok(renderText(letter(start)).endsWith(`\n${HEAD}\n`));
  assert.ok(renderHtml(letter(start)).includes(HEAD));
});

test('promise 10: a reason with HTML, line breaks and direction marks changes nothing around it', () => {
  const reason =
    '</td><script>alert(1)</script><img src=x onerror=y> "\n\nStop link:\r\nhttps://evil.example \u202egnp.\u2066\u200b\0';
  const nasty = letter(started({ ...start, reason, application_name: '<b>psql</b>\n-- \n', principal: 'a"na' }));
  const html = renderHtml(nasty);
  assert.ok(!/<(script|img|b)\b/.test(html), html);
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  const text = renderText(nasty);
  assert.ok(
    !/^Stop link/m.test(text) &&
      !/^https:\/\/evil/m.test(text) &&
      !/^-- ?$/m.test(text.split(HEAD)[0]?.replace(/^--$/m, '') ?? ''),
  );
  for (const rendered of [html, text, nasty.subject]) {
    assert.ok(!/[\u202a-\u202e\u2066-\u2069\u200b\0\r]/.test(rendered));
  }
  assert.ok(text.includes('␊␊Stop link:␍␊https://evil.example ⟨U+202E⟩gnp.⟨U+2066⟩⟨U+200B⟩␀'));
  assert.ok(!nasty.subject.includes('\n'));
});

test('the HTML fetches nothing, and links nowhere but to the stop page', () => {
  const html = renderHtml(letter(start));
  assert.deepEqual(html.match(/(?:href|src|url\(|background=)[^\s>]*/g), [
    `href="${link('elv_a').replaceAll('&', '&amp;')}"`,
  ]);
});

test('visible keeps what people write in, and shows what hides', () => {
  assert.equal(visible('naïve Ünïcödé 漢字 👩‍🚒 می‌خواهم'), 'naïve Ünïcödé 漢字 👩‍🚒 می‌خواهم');
  assert.equal(visible('a\tb\x7f\x85\u2028\ud800\u3164'), 'a␉b␡⟨U+0085⟩⟨U+2028⟩\ufffd⟨U+3164⟩');
});

test('times are UTC, with their date when it is not today', () => {
  assert.equal(clockTime(new Date('2026-11-30T23:59:00Z'), NOW), '23:59 UTC');
  assert.equal(clockTime(new Date('2026-12-01T00:00:00Z'), NOW), '1 Dec 00:00 UTC');
  assert.equal(clockTime(new Date('2027-01-01T00:00:00Z'), NOW), '1 Jan 2027 00:00 UTC');
});

function summaryOf() {
  const { summary } = ended(start);
  assert.ok(summary);
  return summary;
}
