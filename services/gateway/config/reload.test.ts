import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseConfig } from './load.ts';
import { connectionOf } from '../targets/connections.ts';
import { apply, differences } from './reload.ts';

const file = fileURLToPath(new URL('../../../sudoql.example.yaml', import.meta.url));
const example = readFileSync(file, 'utf8');
/** Every secret is `value`, every file too. */
function load(text: string, value: string) {
  const env = new Proxy({}, { get: () => value, has: () => true });
  return parseConfig(file, text, env, () => value);
}
const secret = Buffer.from('a secret for the tests of webhooks').toString('base64');
const other = Buffer.from('another one for the same webhooks').toString('base64');

test('secrets and certificates are taken over in place, and no value is in what is told', () => {
  const now = load(example, `whsec_${secret}`);
  const fresh = load(example, `whsec_${other}`);
  const shop = Object.values(now.targets)[0];
  assert.ok(shop);
  const before = connectionOf(shop, shop.reader);
  const found = differences(now, fresh);
  assert.deepEqual(found.needRestart, []);
  assert.ok(found.changed.includes('ledger.gateway.password'));
  assert.ok(found.changed.includes(`targets.${shop.name}.writer.password`));
  assert.ok(!JSON.stringify(found).includes(secret));
  apply(now, fresh, found.changed);
  assert.deepEqual(differences(now, fresh), { changed: [], needRestart: [] });
  // Who connects the next time does so with the new one.
  assert.equal(typeof before.password === 'function' && before.password(), `whsec_${other}`);
});

test('a header of traces is taken over in place, and where they go waits for a restart', () => {
  const traced = (more: string) =>
    load(`${example}\ntraces: { url: https://otel.example.com/v1/${more} }\n`, `whsec_${secret}`);
  const now = traced('traces, headers: { authorization: one }');
  const held = now.traces?.headers;
  const found = differences(now, traced('other, headers: { authorization: two }'));
  assert.deepEqual(found, { changed: ['traces.headers.authorization'], needRestart: ['traces.url'] });
  apply(now, traced('other, headers: { authorization: two }'), found.changed);
  assert.deepEqual(held, { authorization: 'two' });
});

test('what sessions, policy and floor go by waits for a restart, and stays as it was', () => {
  const now = load(example, `whsec_${secret}`);
  const fresh = structuredClone(JSON.parse(JSON.stringify(now))) as typeof now;
  fresh.elevation.maxSeconds *= 2;
  fresh.ledger.host = 'elsewhere';
  fresh.limits.sessions++;
  const [target] = Object.values(fresh.targets);
  assert.ok(target);
  target.notify = [];
  target.reader.user = 'another';
  const { changed, needRestart } = differences(now, fresh);
  assert.deepEqual(changed, []);
  for (const path of ['elevation.maxSeconds', 'ledger.host', 'limits.sessions', `targets.${target.name}.notify`]) {
    assert.ok(needRestart.includes(path), path);
  }
});
