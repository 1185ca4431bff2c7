import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback } from './loopback.ts';

test('this machine is known by every way to write it, and nothing else is', () => {
  for (const host of [
    'localhost',
    '127.0.0.1',
    '127.8.9.10',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
    '/var/run/postgresql',
  ])
    assert.ok(isLoopback(host), host);
  for (const host of [
    '',
    'localhost.example.com',
    '127.0.0.1.example.com',
    '128.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    '0.0.0.0',
  ])
    assert.ok(!isLoopback(host), host);
});
