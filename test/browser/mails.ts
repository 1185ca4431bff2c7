// A mail of each kind of event there is, and of each shape that those of elevations have: what is not named here does not compile.
import type { NoticeEvent } from '../../services/notifier/notice.ts';
import { renderHtml } from '../../services/notifier/render/html.ts';
import { ended, messageOf, started } from '../../services/notifier/testing.ts';
import { compose } from '../../services/notifier/texts/compose.ts';

const GATEWAY = 'https://sudoql.example.com';
const now = new Date();
const later = (minutes: number): string => new Date(now.getTime() + minutes * 60_000).toISOString();

const start = started({ reason: 'fix order 4211: paid, and still pending', started_at: later(0), deadline: later(15) });
const { by: _by, started_at: _since, deadline: _until, event: _event, elevation, ...subject } = start;
const asked = {
  ...{ ...subject, request: 'req_7c1f2a90', seconds: 900, by: 'in-band' as const, groups: ['dev', 'importers'] },
  ...{
    asked: [
      { name: 'dba', count: 1 },
      { name: 'security', count: 2 },
    ],
    expires: later(60),
  },
};
const answered = { ...subject, event: 'request.answered' as const, request: 'req_7c1f2a90' };
const rights = ['ben can now write to shop', 'the importer can no longer write to stock'];
const over = ended(start);
const summary = over.summary;
if (summary === null) throw new Error('A closing message has a summary.');
const refusedForms = [{ statement: 'TRUNCATE orders', codes: ['policy_denied'], times: 3 }];
const inserted = { inserted: 1_200, updated: 0, deleted: 3 };

const EVENTS: Record<NoticeEvent['event'], NoticeEvent[]> = {
  'elevation.started': [start],
  'elevation.extended': [{ ...subject, event: 'elevation.extended', elevation, deadline: later(30) }],
  'elevation.ended': [over],
  'elevation.settled': [
    {
      ...subject,
      event: 'elevation.settled',
      elevation,
      ended_at: later(0),
      settled_at: later(1),
      backend: 'unconfirmed',
    },
  ],
  'elevation.refused': [
    { ...subject, event: 'elevation.refused', codes: ['no_ticket'], messages: ['The reason names no ticket.'] },
  ],
  'elevation.revoked': [{ ...subject, event: 'elevation.revoked', elevation, by: 'sec', why: 'it is the wrong table' }],
  'request.made': [{ ...asked, event: 'request.made' }],
  'request.reminder': [{ ...asked, event: 'request.reminder' }],
  'request.answered': [{ ...answered, answer: 'denied', by: 'ben', why: 'wait for the backup' }],
  'review.owed': [{ ...subject, event: 'review.owed', about: elevation, since: later(-1_500) }],
  'review.closed': [
    { ...subject, event: 'review.closed', about: elevation, by: 'ben', comment: 'was due, and is right' },
  ],
  'remark.made': [
    { ...subject, event: 'remark.made', about: elevation, says: 'question', by: 'ben', words: 'Which orders?' },
  ],
  'policy.activated': [
    {
      event: 'policy.activated',
      revision: 'abc'.repeat(20),
      previous: null,
      summary: 'Two rules changed.',
      rights,
      by: 'sec',
    },
  ],
  'policy.requested': [
    {
      ...{ event: 'policy.requested', request: '3fb2c1a09d42', revision: 'abc'.repeat(20), previous: null, by: 'sec' },
      ...{ summary: 'Two rules changed.', rights },
    },
  ],
  'policy.line_ends': [
    {
      ...{ event: 'policy.line_ends', revision: 'abc', line: 'elevation.grants."release"' },
      ...{ until: '2026-11-20T00:00:00', owner: 'ana', ticket: null },
    },
  ],
  'policy.denied': [{ event: 'policy.denied', request: '3fb2c1a09d42', revision: 'abc', of: 'sec', by: 'ben' }],
  'policy.refused': [
    { event: 'policy.refused', revision: null, problem: 'a.rego:1: broken', by: null, gateway: 'gw-a-1' },
  ],
  'ledger.heads': [
    { event: 'ledger.heads', at: later(0), heads: [{ chain: 'gw-a-1', seq: 9, hash: 'b2'.repeat(32) }], chains: 3 },
  ],
  'notices.test': [{ event: 'notices.test', by: 'ben', gateway: 'gw-a-1' }],
  'gateway.problem': [{ event: 'gateway.problem', problem: 'The ledger is at 80 % of its size.', gateway: 'gw-a-1' }],
};

const statement = `CREATE TRIGGER ${'a_trigger_with_a_long_name_'.repeat(4)} AFTER UPDATE ON orders EXECUTE FUNCTION audited($1)`;

/** Of elevations, beside the plain ones. */
const SHAPES: Record<string, NoticeEvent[]> = {
  'a-pool': Array.from({ length: 6 }, (_, n) => started({ ...start, session: `ses_p${n}`, elevation: `elv_p${n}` })),
  'broken-glass': [{ ...start, break_glass: true }],
  approved: [{ ...start, approved_by: ['ben', 'zoe'] }],
  'at-length': [
    started({
      reason: 'see the ticket for how it was found. '.repeat(13),
      principal: 'a-name-that-nobody-can-break'.repeat(3),
    }),
  ],
  digest: [start, started({ reason: 'another reason', deadline: later(5) }), ended(started({ principal: 'ben' }))],
  'nothing-written': [ended(start, { summary: { ...summary, rows: {}, statements: 0, failed: 0 } })],
  'left-behind': [
    ended(start, {
      summary: {
        ...{ ...summary, rolledBack: true, backend: 'unconfirmed', moreLeftBehind: 2 },
        leftBehind: [{ effect: 'code', statement }],
        counted: { 'audit.log': inserted },
        unknown: { statements: 2, rows: { 'public.items': 3 }, changed: ['public.orders'] },
        refused: { statements: 3, forms: refusedForms },
      },
    }),
  ],
  unseen: [ended(start, { why: 'gateway_lost', summary: null, last_seen_at: later(-2) })],
};

/** Each as its HTML, by name. */
export function mails(): { name: string; html: string }[] {
  return Object.entries({ ...EVENTS, ...SHAPES }).map(([name, events]) => {
    const letter = compose(
      messageOf(events, now),
      (each) => `${GATEWAY}/stop/${each}?key=k`,
      now,
      { audience: 'people', timeZone: 'Europe/Berlin' },
      (path) => GATEWAY + path,
    );
    return { name: `mail-${name}`, html: renderHtml(letter) };
  });
}
