import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
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
