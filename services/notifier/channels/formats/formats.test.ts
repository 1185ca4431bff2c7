import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Webhook } from 'standardwebhooks';
import type { Message } from '../../message.ts';
import type { NoticeEvent } from '../../notice.ts';
import { ended, SECRET, started } from '../../testing.ts';
import { compose } from '../../texts/compose.ts';
import type { WebhookSettings } from '../channel.ts';
import type { FormatName, Outgoing } from './format.ts';
import { makeFormat } from './formats.ts';
import type { MattermostPost } from './mattermost.ts';
import type { PagerdutyEvent } from './pagerduty.ts';
import type { TeamsPost } from './teams.ts';

const AT = '2026-11-30T14:17:03.120Z';
const settings = (format: FormatName, more: Partial<WebhookSettings> = {}): WebhookSettings => ({
  type: 'webhook',
  name: 'hook',
  url: 'https://hooks.example.com/x',
  secret: format === 'standard' ? SECRET : 'R0UT1NGKEY',
  format,
  allowPrivate: false,
  ...more,
});

function outgoing(format: FormatName, events: NoticeEvent[], more: Partial<WebhookSettings> = {}): Outgoing[] {
  const [first, ...others] = events.map((event, i) => ({
    notice: `ntc_${i}`,
    createdAt: new Date(AT),
    event,
    head: { chain: 'c', seq: 41 + i, hash: '9f'.repeat(32), at: AT },
    place: i + 1,
  }));
  assert.ok(first);
  const message: Message = {
    id: 'ntc_0',
    outwardId: 'ntc_0',
    known: [],
    channel: 'hook',
    told: [first, ...others],
    thread: [],
    attempts: 0,
    firstAttemptAt: null,
    remaining: null,
    state: 'pending',
  };
  const made = makeFormat(settings(format, more));
  const letter = compose(message, (id) => `https://sudoql.example.com/stop/${id}`, new Date(AT), {
    audience: made.audience,
    timeZone: null,
  });
  return made.outgoing(message, letter, new Date());
}
const body = <T>(format: FormatName, ...events: NoticeEvent[]): T =>
  JSON.parse(outgoing(format, events)[0]?.body ?? '') as T;

const live = started({
  reason: 'fix order 4211',
  elevation: 'elv_a',
  started_at: AT,
  deadline: '2026-11-30T14:32:03.101Z',
});
const over = ended(live);
type Summary = NonNullable<typeof over.summary>;
const summary = over.summary as Summary;
const unconfirmed: NoticeEvent = { ...over, summary: { ...summary, backend: 'unconfirmed' } };
const leftBehind: NoticeEvent = {
  ...over,
  summary: { ...summary, leftBehind: [{ effect: 'code', statement: 'create function f()' }] as Summary['leftBehind'] },
};
const settled = (backend: 'gone' | 'unconfirmed'): NoticeEvent => {
  const { summary: _summary, why: _why, started_at: _at, ...rest } = over;
  return { ...rest, event: 'elevation.settled', settled_at: AT, backend };
};
const subject = (({ event: _event, elevation: _elevation, started_at: _s, deadline: _d, by: _by, ...rest }) => rest)(
  live,
);
const EVERY: NoticeEvent[] = [
  live,
  { ...subject, event: 'elevation.extended', elevation: 'elv_a', deadline: live.deadline },
  { ...subject, event: 'elevation.revoked', elevation: 'elv_a', by: 'ben' },
  { ...subject, event: 'elevation.revoked', elevation: 'elv_a', by: 'ben', why: 'wrong table' },
  over,
  unconfirmed,
  leftBehind,
  { ...over, summary: null, backend: 'gone', last_seen_at: AT },
  settled('gone'),
  settled('unconfirmed'),
  { ...subject, event: 'elevation.refused', codes: ['frozen'], messages: ['Production is frozen.'] },
  { ...live, break_glass: true, approved_by: ['ben'] },
  ...(['request.made', 'request.reminder'] as const).map((event) => ({
    ...{ ...subject, event, request: 'req_a', seconds: 900, by: 'in-band' as const, groups: ['dev'] },
    asked: [{ name: 'dba', count: 1 }],
    expires: live.deadline,
  })),
  { ...subject, event: 'request.answered', request: 'req_a', answer: 'denied', by: 'ben', why: 'not now' },
  { ...subject, event: 'review.owed', about: 'elv_a', since: AT },
  { ...subject, event: 'review.closed', about: 'elv_a', by: 'ben', comment: 'fine' },
  { ...subject, event: 'remark.made', about: 'elv_a', says: 'question', by: 'ben', words: 'why now?' },
  { event: 'policy.activated', revision: 'r1', previous: null, summary: 'x', by: 'ben', gateway: 'gw-1' },
  { event: 'policy.refused', revision: null, problem: 'rules/a.rego:1: no', by: null, gateway: 'gw-1' },
  { event: 'gateway.problem', problem: 'no', gateway: 'gw-1' },
  { event: 'ledger.heads', at: AT, heads: [{ chain: 'c', seq: 41, hash: '9f'.repeat(32) }], chains: 1 },
];

test('a standard message of every event is what docs/webhook.schema.json says, and nothing else is', () => {
  const file = join(import.meta.dirname, '../../../../docs/webhook.schema.json');
  const check = new Ajv2020({ allErrors: true }).compile(JSON.parse(readFileSync(file, 'utf8')));
  for (const event of EVERY) {
    const payload = body<{ data: { elevations?: Record<string, unknown>[] } }>('standard', event);
    assert.ok(check(payload), `${event.event}: ${JSON.stringify(check.errors)}`);
    const changed = structuredClone(payload);
    Object.assign(changed.data, { surprise: 1 });
    assert.ok(!check(changed), `${event.event} may hold anything`);
    const less = structuredClone(payload.data.elevations?.[0]);
    if (!less) continue;
    delete less.notice;
    assert.ok(!check({ ...payload, data: { ...payload.data, elevations: [less] } }), event.event);
  }
});

test('while a secret is replaced, who knows either of both verifies', () => {
  const next = `whsec_${Buffer.from('the next secret for these tests of ours').toString('base64')}`;
  const [sent] = outgoing('standard', [live], { secret: next, previousSecret: SECRET });
  const headers = {
    'webhook-id': 'ntc_0',
    'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
    ...sent?.headers,
  };
  for (const secret of [SECRET, next]) new Webhook(secret).verify(sent?.body ?? '', headers);
  const other = `whsec_${Buffer.from('a third secret which nobody ever had').toString('base64')}`;
  assert.throws(() => new Webhook(other).verify(sent?.body ?? '', headers));
});

/** What would call people, make links or begin a line of its own, and is longer than any receiver takes. */
const HOSTILE = `@all @here @everyone <!channel> <@U1> [Stop it](https://evil.example) ![](https://evil.example/x) https://evil.example **b** \`c\` &amp; "q" \\\n# all is well\u202e`;
const flood: NoticeEvent = {
  ...over,
  reason: HOSTILE,
  application_name: HOSTILE.repeat(40),
  summary: {
    ...summary,
    rows: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`public.${HOSTILE}${i}`, i])),
    leftBehind: Array.from({ length: 50 }, () => ({ effect: 'code', statement: HOSTILE.repeat(20) })),
  } as Summary,
};
const hostile = [{ ...live, reason: HOSTILE, application_name: HOSTILE.repeat(40) }, flood];

test('Slack gets blocks within its limits, and the same as text; nobody is called by them', () => {
  for (const event of [...EVERY, ...hostile]) {
    const post = body<{ text: string; blocks: { type: string; text?: { type: string; text: string } }[] }>(
      'slack',
      event,
    );
    assert.ok(post.text.length <= 30_000 && post.blocks.length <= 50);
    for (const block of post.blocks) {
      const most = block.type === 'header' ? 150 : 3_000;
      if (block.text) assert.ok(block.text.text.length > 0 && block.text.text.length <= most, event.event);
    }
    const marked = [post.text, ...post.blocks.flatMap(({ text }) => (text?.type === 'mrkdwn' ? [text.text] : []))];
    for (const text of marked) {
      assert.doesNotMatch(text, /<(?!https:\/\/sudoql\.example\.com\/)|@(?:all|here|everyone)|\]\(|\u202e|^# all/m);
    }
  }
});

test('Mattermost and Discord get one attachment within their limits, in which no value is Markdown', () => {
  for (const event of [...EVERY, ...hostile]) {
    const [post] = body<MattermostPost>('mattermost', event).attachments;
    assert.ok(post && JSON.stringify(post).length <= 16_383, `${event.event}: ${JSON.stringify(post).length}`);
    harmless([post.title, post.text, post.fallback, ...post.fields.map(({ value }) => value)]);

    const discord = body<{
      embeds: {
        title: string;
        description: string;
        fields: { name: string; value: string }[];
        footer: { text: string };
      }[];
      allowed_mentions: unknown;
    }>('discord', event);
    const [embed] = discord.embeds;
    assert.ok(embed && embed.title.length <= 256 && embed.description.length <= 4_096 && embed.fields.length <= 25);
    for (const { name, value } of embed.fields) assert.ok(name !== '' && value !== '' && value.length <= 1_024);
    const fields = embed.fields.map(({ name, value }) => name + value).join('');
    assert.ok([embed.title, embed.description, embed.footer.text, fields].join('').length <= 6_000);
    assert.deepEqual(discord.allowed_mentions, { parse: [] });
    harmless([embed.title, embed.description, ...embed.fields.map(({ value }) => value)]);
  }

  function harmless(texts: string[]): void {
    for (const text of texts) {
      assert.doesNotMatch(text, /@(?:all|here|everyone)/);
      assert.doesNotMatch(text, /https:\/\/evil/, 'a link');
      assert.doesNotMatch(text, /(?<!\\)\]\((?!https:\/\/sudoql\.example\.com\/)/, 'a masked link');
      assert.doesNotMatch(text, /^# |\u202e/m);
    }
  }
});

test('Teams gets one Adaptive Card within its size, with values in runs, which are no Markdown', () => {
  for (const event of [...EVERY, ...hostile]) {
    const text = outgoing('teams', [event])[0]?.body ?? '';
    assert.ok(Buffer.byteLength(text) <= 28 * 1_024, event.event);
    const [card] = (JSON.parse(text) as TeamsPost).attachments;
    const [banner, ...rest] = card?.content.body ?? [];
    assert.equal(banner?.type, 'Container');
    assert.ok(rest.length > 0 && rest.every(({ type }) => type === 'RichTextBlock'));
    assert.ok((card?.content.actions.length ?? 0) <= 6);
    assert.doesNotMatch(card?.content.fallbackText ?? '', /(?<!\\)[[<]/);
  }
});

test('a pager has an alert while somebody can write, and one of its own where somebody must look', () => {
  const said = (event: NoticeEvent) =>
    outgoing('pagerduty', [event]).map(({ body }) => {
      const { event_action, dedup_key, routing_key, payload } = JSON.parse(body) as PagerdutyEvent;
      assert.equal(routing_key, 'R0UT1NGKEY');
      if (payload) assert.ok(payload.summary.length <= 1_024);
      return `${event_action} ${dedup_key} ${payload?.severity ?? ''}`.trim();
    });
  assert.deepEqual(said(live), ['trigger sudoql/elv_a warning']);
  assert.deepEqual(said(over), ['resolve sudoql/elv_a']);
  assert.deepEqual(said(leftBehind), ['resolve sudoql/elv_a', 'trigger sudoql/elv_a/review error']);
  assert.deepEqual(said(unconfirmed), ['trigger sudoql/elv_a/unconfirmed critical']);
  assert.deepEqual(said(settled('gone')), ['resolve sudoql/elv_a', 'resolve sudoql/elv_a/unconfirmed']);
  assert.deepEqual(said(settled('unconfirmed')), ['trigger sudoql/elv_a/unconfirmed critical']);
  for (const event of [...EVERY, ...hostile]) assert.ok(outgoing('pagerduty', [event]).length > 0, event.event);
});

test('Opsgenie likewise: closed by alias, within its limits', () => {
  const [open] = outgoing('opsgenie', [live]);
  assert.equal(open?.path, null);
  assert.deepEqual(open.headers, { authorization: 'GenieKey R0UT1NGKEY' });
  const alert = JSON.parse(open.body) as Record<string, unknown>;
  assert.equal(alert.alias, 'sudoql/elv_a');
  assert.equal(alert.priority, 'P3');
  assert.match(String(alert.description), /Stop it: https:\/\/sudoql\.example\.com\/stop\/elv_a/);
  assert.equal(outgoing('opsgenie', [over])[0]?.path, '/sudoql%2Felv_a/close?identifierType=alias');
  for (const event of [...EVERY, ...hostile]) {
    for (const { path, body } of outgoing('opsgenie', [event])) {
      const sent = JSON.parse(body) as { message?: string; description?: string; details?: Record<string, string> };
      if (path !== null) continue;
      assert.ok((sent.message ?? '').length <= 130 && (sent.description ?? '').length <= 15_000);
      assert.ok(JSON.stringify(sent.details).length <= 12_000);
    }
  }
});
