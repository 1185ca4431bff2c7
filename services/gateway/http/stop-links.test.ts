import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeStopLinks } from './stop-links.ts';

const secret = randomBytes(32);
const URL_OF_ALL = 'https://sudoql.example.com';
const keyIn = (link: string | null): string => new URL(link ?? '').searchParams.get('key') ?? '';

test('a link opens its own elevation, on every replica that shares the secret', () => {
  const link = makeStopLinks(() => secret).link('el_1', URL_OF_ALL);
  assert.match(link ?? '', /^https:\/\/sudoql\.example\.com\/stop\/el_1\?key=[\w-]{43}$/);
  assert.ok(makeStopLinks(() => secret).opens('el_1', keyIn(link)));
});

test('a link opens no other elevation, and a changed or empty key none', () => {
  const links = makeStopLinks(() => secret);
  const key = keyIn(links.link('el_1', URL_OF_ALL));
  for (const [elevation, wrong] of [
    ['el_2', key],
    ['el_1', ''],
    ['el_1', key.slice(0, -1)],
    ['el_1', `${key}A`],
    ['el_1', (key.startsWith('A') ? 'B' : 'A') + key.slice(1)],
  ] as const) {
    assert.equal(links.opens(elevation, wrong), false, `${elevation} ${wrong}`);
  }
  assert.equal(makeStopLinks(() => randomBytes(32)).opens('el_1', key), false);
});

test('without a public URL there is no link to give', () => {
  assert.equal(makeStopLinks(() => secret).link('el_1', null), null);
});

test('before the secret is known no link is given and none opens', () => {
  const key = keyIn(makeStopLinks(() => secret).link('el_1', URL_OF_ALL));
  const links = makeStopLinks(() => null);
  assert.equal(links.link('el_1', URL_OF_ALL), null);
  assert.equal(links.opens('el_1', key), false);
  assert.equal(links.opens('el_1', ''), false);
});
