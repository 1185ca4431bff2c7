import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { EntryDraft } from '../ledger/entry/entry.ts';
import { makeEntryLog } from './entry-log.ts';
import { makeLog } from './log.ts';

function lines(write: (log: ReturnType<typeof makeLog>) => void): string {
  const stream = new PassThrough();
  write(makeLog('info', stream));
  return String(stream.read());
}

test('promise 10: what is called a password, token, secret or key is not logged, however deep it sits', () => {
  const text = lines((log) => {
    log.info({ password: 'hunter2' });
    log.info({ target: { writer: { password: 'hunter2' } }, headers: { authorization: 'Bearer hunter2' } });
    log.info({ channel: { secret: 'hunter2' }, pool: { connectionString: 'postgres://u:hunter2@h/d' } });
  });
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /\[redacted\]/);
});

test("promise 10: an error is logged without its fields, which may hold rows' values", () => {
  const error = Object.assign(new Error('duplicate key', { cause: new Error('inner') }), {
    code: '23505',
    detail: 'Key (email)=(grace@example.com) already exists.',
    config: { password: 'hunter2' },
  });
  const text = lines((log) => log.error({ err: error }, 'it failed'));
  assert.match(text, /duplicate key/);
  assert.match(text, /23505/);
  assert.match(text, /inner/);
  assert.doesNotMatch(text, /grace@example\.com|hunter2/);
});

test('promise 10: what people did is a line each, with session and elevation, and nothing that they wrote', () => {
  const of = { session: 's1', principal: 'ana', target: 'shop' };
  const wrote = 'grace@example.com';
  const drafts: EntryDraft[] = [
    {
      kind: 'session_started',
      via: 'tcp',
      application_name: wrote,
      client_address: '10.0.0.1',
      principal_kind: 'human',
      token: 'tok_1',
      ...of,
    },
    {
      kind: 'elevation_started',
      elevation: 'e1',
      reason: wrote,
      seconds: 900,
      deadline: '2030-01-01T00:00:00.000Z',
      by: 'in-band',
      revision: 'rev',
      decided: null,
      writer_pid: 1,
      writer_started: '',
      ...of,
    },
    { kind: 'elevation_revoked', elevation: 'e1', actor: { principal: 'sec' }, ...of },
    {
      kind: 'elevation_ended',
      elevation: 'e1',
      why: 'revoked',
      seconds: 4,
      summary: {
        statements: 1,
        failed: 0,
        rows: {},
        leftBehind: [{ effect: 'code', statement: wrote }],
        rolledBack: true,
        backend: 'unconfirmed',
      },
      ...of,
    },
    {
      kind: 'statement_refused',
      mode: 'read',
      elevation: null,
      code: 'read_only',
      reasons: ['writes'],
      fingerprint: 'f',
      normalized: wrote,
      type: 'UPDATE',
      effects: ['write'],
      revision: 'rev',
      decided: null,
      ...of,
    },
    { kind: 'elevation_refused', reason: wrote, codes: ['no'], revision: 'rev', decided: null, ...of },
    { kind: 'session_ended', why: 'closed', statements: 2, ...of },
    { kind: 'policy_activated', revision: 'r2', previous: 'rev', actor: null, summary: wrote },
  ];
  const text = lines((log) => {
    log.setBindings({ replica: 'gw-1' });
    const tell = makeEntryLog(log);
    for (const draft of drafts) tell(draft);
  });
  const told = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ event }) => event),
    drafts.map(({ kind }) => kind),
  );
  assert.ok(told.every(({ replica }) => replica === 'gw-1'));
  assert.ok(told.slice(0, -1).every(({ session, principal }) => session === 's1' && principal === 'ana'));
  assert.equal(told[0].tokenId, 'tok_1');
  assert.equal(told[3].level, 40, 'a connection that may still write');
  assert.doesNotMatch(text, /grace@example\.com/);
});
