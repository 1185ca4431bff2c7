import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { selfSigned } from '../../../test/helpers/self-signed.ts';
import { loadConfig, parseConfig } from './load.ts';
import { ConfigError } from './problem.ts';

const example = fileURLToPath(new URL('../../../sudoql.example.yaml', import.meta.url));
const text = readFileSync(example, 'utf8');
const env = {
  SUDOQL_LEDGER_PASSWORD: 'ledger-pw',
  SUDOQL_SMTP_PASSWORD: 'smtp-pw',
  SUDOQL_WEBHOOK_SECRET: 'whsec_YSBzZWNyZXQgZm9yIHRoZSB0ZXN0cyBvZiBpdA==',
  SHOP_READER_PASSWORD: 'reader-pw',
  SHOP_WRITER_PASSWORD: 'writer-pw',
  SHOP_CONTROL_PASSWORD: 'control-pw',
};
const pem = (): string => '-----BEGIN CERTIFICATE-----';
const parse = (changed: string, more: Record<string, string | undefined> = {}) =>
  parseConfig('sudoql.yaml', changed, { ...env, ...more }, pem);

/** The message that a changed example is refused with. */
function complaint(from: string | RegExp, to: string, more: Record<string, string | undefined> = {}): string {
  const changed = text.replace(from, to);
  assert.notEqual(changed, text, 'the example does not hold what this test changes');
  try {
    parse(changed, more);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  throw new Error('It was accepted.');
}
/** Line and column (1-based) of the first `needle` after `from` was changed to `to`. */
function place(changed: string, needle: string): string {
  const before = changed.slice(0, changed.indexOf(needle)).split('\n');
  return `sudoql.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}`;
}

test('the commented example loads, with its units turned into milliseconds and bytes', () => {
  const config = loadConfig(example, env, pem);
  assert.equal(config.ledger.graceMs, 10_000);
  assert.equal(config.ledger.leaseMs, 3_000);
  assert.equal(config.ledger.maxSize, 50_000_000_000);
  assert.deepEqual(config.elevation, { defaultSeconds: 900, maxSeconds: 14_400, waitMs: 120_000 });
  assert.equal(config.limits.textRead, 65_536);
  assert.equal(config.limits.halfOpenPerAddress, 250);
  assert.equal(
    parse(text.replace('half_open_per_address: 250', 'half_open_per_address: 7')).limits.halfOpenPerAddress,
    7,
  );
  assert.equal(parse(text.replace(/^ {2}half_open_per_address.*$/m, '')).limits.halfOpenPerAddress, 250);
  assert.equal(config.targets.shop?.writer.password, 'writer-pw');
  assert.deepEqual(config.targets.shop?.ssl, { ca: pem(), rejectUnauthorized: true });
  assert.equal(config.ledger.ssl, false);
  assert.deepEqual(config.ledger.gateway, { user: 'sudoql_gateway', password: 'ledger-pw' });
  assert.equal(config.ledger.owner, null, 'the gateway does not need the owner');
  assert.equal(config.targets.shop?.admin, null);
});

test('gates of the record and of coverage are there unless the configuration turns them off', () => {
  const gated = (gate: string) => {
    const { flips, coverage } = parse(text.replace(/^ {2}source: directory/m, `  gate: ${gate}\n$&`)).policy;
    return [flips, coverage];
  };
  assert.deepEqual(gated('{}'), [{ max: 0, days: 7, said: false }, 'changed']);
  assert.deepEqual(gated('{ flips: { max: 2, days: 30 } }'), [{ max: 2, days: 30, said: true }, 'changed']);
  assert.deepEqual(gated('{ flips: { max: 0, days: 0 }, coverage: off }'), [null, 'off']);
});

test('promise 10: a secret written into the file is refused, and not repeated', () => {
  for (const [from, to] of [
    [`"\${SHOP_WRITER_PASSWORD}"`, 'hunter2-inline'],
    [`"\${SUDOQL_WEBHOOK_SECRET}"`, 'hunter2-inline'],
    ['postgres://sudoql_gateway@', 'postgres://sudoql_gateway:hunter2-inline@'],
  ] as const) {
    const message = complaint(from, to);
    assert.match(message, /expected (a reference to a secret|postgres:\/\/USER@HOST)/);
    assert.doesNotMatch(message, /hunter2/);
  }
});

test('a secret that is not set is named by its variable, and a file: secret is read without its newline', () => {
  assert.match(
    complaint('log: { level: info }', '', { SHOP_WRITER_PASSWORD: undefined }),
    /targets\.shop\.writer\.password.*SHOP_WRITER_PASSWORD, which is not set/,
  );
  const config = parseConfig(
    'sudoql.yaml',
    text.replace(`"\${SHOP_WRITER_PASSWORD}"`, 'file:/run/secrets/writer'),
    env,
    (path) => (path === '/run/secrets/writer' ? 'from-a-file\n' : pem()),
  );
  assert.equal(config.targets.shop?.writer.password, 'from-a-file');
});

test('an unknown key is refused with its place and the key that was meant', () => {
  const message = complaint('idle_timeout', 'idel_timeout');
  assert.equal(
    message,
    `${place(text.replace('idle_timeout', 'idel_timeout'), 'idel_timeout')}: limits.idel_timeout: unknown key; did you mean idle_timeout?`,
  );
});

test('an unknown key at the top that resembles nothing is answered with the keys that there are', () => {
  assert.match(
    complaint(/^security:/m, 'xyzzy: 1\nsecurity:'),
    /xyzzy: unknown key; known here: public_url, replica, processes, listen/,
  );
});

const bad: [name: string, from: string | RegExp, to: string, expected: RegExp][] = [
  [
    'a duration with no unit',
    'grace: 10s',
    'grace: 10',
    /ledger\.grace: expected a duration with its unit .* such as 10s, got 10$/,
  ],
  ['a duration with an unknown unit', 'lease: 3s', 'lease: 3 parsecs', /ledger\.lease: expected a duration/],
  ['a size with no unit', 'max_size: 50GB', 'max_size: 50', /ledger\.max_size: expected a size with its unit/],
  [
    'a port as a word',
    'port: 8432',
    'port: http',
    /listen\.http\.port: expected a port number from 1 to 65535.*, got "http"$/,
  ],
  ['a port out of range', 'port: 7432', 'port: 74320', /listen\.wire\.port: expected a port number/],
  ['a limit of zero', 'sessions: 200', 'sessions: 0', /limits\.sessions: expected a whole number from 1/],
  [
    'a collector in plain text',
    /^ledger:/m,
    'traces: { url: "http://otel.example.com/v1/traces" }\nledger:',
    /traces\.url: expected an https:\/\/ URL \(http:\/\/ only with allow_private: true\)$/,
  ],
  [
    'a collector without its path',
    /^ledger:/m,
    'traces: { url: https://otel.example.com }\nledger:',
    /traces\.url: expected the whole URL, such as https:\/\/otel\.example\.com\/v1\/traces$/,
  ],
  [
    'a collector’s password in its URL',
    /^ledger:/m,
    'traces: { url: "https://a:b@otel.example.com/v1/traces" }\nledger:',
    /traces\.url: expected no credentials in it: headers carry them$/,
  ],
  [
    'more than all traces',
    /^ledger:/m,
    'traces: { url: https://otel.example.com/v1/traces, sample: 10 }\nledger:',
    /traces\.sample: expected a number from 0 to 1, got 10$/,
  ],
  [
    'a header of the gateway’s own',
    /^ledger:/m,
    'traces: { url: https://otel.example.com/v1/traces, headers: { host: x } }\nledger:',
    /traces\.headers\.host: the gateway says this header itself$/,
  ],
  [
    'a word that is none of the choices',
    'mode: verify-full, ca: /etc/sudoql/db-ca.pem',
    'mode: verify, ca: x',
    /targets\.shop\.tls\.mode: expected one of disable, require, verify-ca, verify-full, got "verify"$/,
  ],
  [
    'a channel of no kind',
    'type: webhook',
    'type: pigeon',
    /channels\.team-chat\.type: expected type: email or webhook, got "pigeon"$/,
  ],
  [
    'a list that is empty',
    'notify: [team-mail, team-chat]',
    'notify: []',
    /targets\.shop\.notify: expected a list of at least 1/,
  ],
  [
    'a channel that does not exist',
    'notify: [team-mail, team-chat]',
    'notify: [team-mial]',
    /targets\.shop\.notify\[0\]: .*did you mean team-mail\?/,
  ],
  [
    'nobody who is told everything',
    'to: [db-team@example.com]',
    'to: [db-team@example.com]\n    events: [alarms]',
    /security\.notify: expected one of them to be told everything, and each has events/,
  ],
  [
    'a header that the gateway says itself',
    'url: https://chat.example.com/hooks/sudoql',
    'url: https://chat.example.com/hooks/sudoql\n    headers: { Webhook-Id: mine }',
    /channels\.team-chat\.headers\.Webhook-Id: the gateway says this header itself/,
  ],
  [
    'a header that would break the line',
    'url: https://chat.example.com/hooks/sudoql',
    'url: https://chat.example.com/hooks/sudoql\n    headers: { x-team: "a\\r\\nx-b: c" }',
    /channels\.team-chat\.headers\.x-team: expected one line of ASCII/,
  ],
  [
    'a secret that a format has no use for',
    'url: https://chat.example.com/hooks/sudoql',
    'url: https://chat.example.com/hooks/sudoql\n    format: slack',
    /channels\.team-chat\.secret: format slack has no use for it/,
  ],
  [
    'heads told every second',
    'max_size: 50GB',
    'max_size: 50GB\n  heads: { every: 1s, notify: [team-mail] }',
    /ledger\.heads\.every: expected at least 1m/,
  ],
  ['a target with no writer', /^ {4}writer:.*\n/m, '', /targets\.shop: writer is missing: expected a login/],
  [
    'reader and writer that are one login',
    'user: sudoql_writer',
    'user: sudoql_reader',
    /targets\.shop\.writer\.user: expected a login of its own/,
  ],
  ['no target', /^targets:[\s\S]*?(?=^limits)/m, 'targets: {}\n', /targets: expected at least one target/],
  ['a default over the maximum', 'default: 15m', 'default: 5h', /elevation\.default: expected/],
  [
    'an http webhook that is not allowed',
    'url: https://chat',
    'url: http://chat',
    /channels\.team-chat\.url: expected an https/,
  ],
  [
    'a section that is a text',
    'policy:\n  source',
    'policy: none\nx:\n  source',
    /policy: expected the keys source, directory, bundle, cache, retention, approvals, gate, got "none"/,
  ],
  ['no policy directory', '  directory: ./policies\n', '', /policy: directory is missing/],
  [
    'a directory that would not be read',
    'source: directory',
    'source: database',
    /policy\.directory: expected no directory with source: database/,
  ],
  [
    'nowhere to keep the last good policy',
    /source: directory[\s\S]*?cache: .*/,
    'source: database',
    /policy: cache is missing/,
  ],
  [
    'a gate without its days',
    'source: directory',
    'gate: { flips: { max: 0 } }\n  source: directory',
    /policy\.gate\.flips: days is missing/,
  ],
  [
    'a gate that there is not',
    'source: directory',
    'gate: { coverage: none }\n  source: directory',
    /policy\.gate\.coverage: expected one of off, changed/,
  ],
  ['a key twice', 'lease: 3s', 'lease: 3s\n  lease: 4s', /not valid YAML: Map keys must be unique/],
  [
    'a reference in a flow mapping without quotes',
    `"\${SHOP_WRITER_PASSWORD}"`,
    `\${SHOP_WRITER_PASSWORD}`,
    /write a reference in quotes/,
  ],
];
for (const [name, from, to, expected] of bad) {
  test(`the configuration is refused with its line: ${name}`, () => {
    const message = complaint(from, to);
    assert.match(message, expected);
    assert.match(message, /^sudoql\.yaml:\d+:\d+: /);
  });
}

test('all mistakes of a file are told at once, in its order', () => {
  const lines = (changed: string, more: Record<string, string | undefined> = {}) => {
    try {
      parseConfig('sudoql.yaml', changed, { ...env, ...more }, pem);
    } catch (error) {
      return (error as Error).message
        .split('\n')
        .map((line) => line.replace(/^sudoql\.yaml:\d+:\d+: ([^:]*): .*/, '$1'));
    }
    return [];
  };
  const malformed = text
    .replace('grace: 10s', 'grace: soon')
    .replace('sessions: 200', 'sessions: many\n  idel_timeout: 1m')
    .replace('port: 8432', 'port: x');
  assert.deepEqual(lines(malformed), ['listen.http.port', 'ledger.grace', 'limits.sessions', 'limits.idel_timeout']);
  const senseless = text
    .replace('public_url: https://', 'public_url: http://')
    .replace('lease: 3s', 'lease: 3h')
    .replace(/to: \[.*\]/, 'to: [db-team]')
    .replace('user: sudoql_writer', 'user: sudoql_reader')
    .replace('default: 15m', 'default: 5h');
  assert.deepEqual(
    lines(senseless, { SUDOQL_WEBHOOK_SECRET: 'a plain text secret', SHOP_CONTROL_PASSWORD: undefined }),
    [
      'public_url',
      'ledger.lease',
      'elevation.default',
      'channels.team-mail.to[0]',
      'channels.team-chat.secret',
      'targets.shop.writer.user',
      'targets.shop.control.password',
    ],
  );
});

test('a key that YAML reads as a number, a truth value or nothing is refused with its line, not taken for another name', () => {
  for (const key of ['1e3', '012', '0x10', '1.50', 'true', 'null', '.inf', '~']) {
    const message = complaint('  shop:', `  ${key}:`);
    assert.match(message, /^sudoql\.yaml:\d+:\d+: expected a name, and YAML reads .* write it in quotes$/m, key);
    assert.ok(message.includes(` ${key} `), message);
  }
  const quoted = parse(text.replace('  shop:', '  "012":'));
  assert.deepEqual(Object.keys(quoted.targets), ['012']);
});

test('a file that is missing is told as that', () => {
  assert.throws(() => loadConfig('/nowhere/sudoql.yaml', env), /\/nowhere\/sudoql\.yaml: cannot be read \(ENOENT\)/);
});

test('TLS to a server on another host is verify-full unless it is said otherwise', () => {
  const config = parse(text.replace(/^ {4}tls:.*\n/m, ''));
  assert.deepEqual(config.targets.shop?.ssl, { rejectUnauthorized: true });
  const plain = parse(text.replace('{ mode: verify-full, ca: /etc/sudoql/db-ca.pem }', '{ mode: disable }'));
  assert.equal(plain.targets.shop?.ssl, false);
});

test('what has the right form and cannot be meant is refused with its place', () => {
  const listens = /listen:\n(?: .*\n|\n)+/.exec(text)?.[0] ?? '';
  const listen = (http: string, wire: string) => `listen:\n  http: { ${http} }\n  wire: { ${wire} }\n`;
  assert.match(
    complaint(/to: \[.*\]/, 'to: [db-team]'),
    /channels\.[a-z-]+\.to\W*0\W*: expected an address, got db-team/,
  );
  assert.match(complaint(/lease: 3s/, 'lease: 3h'), /ledger\.lease: expected at most 1m/);
  assert.match(complaint(/grace: 10s/, 'grace: 3h'), /ledger\.grace: expected at most 10m/);
  const same = listen('port: 7000', 'port: 7000');
  assert.match(complaint(listens, same), /listen\.wire\.port: expected another port .* got 7000 for both/);
  const proxies = (of: string) => complaint(listens, listen(`trust_proxy: [${of}]`, 'port: 7001'));
  for (const range of ['10.0.0.0/99', 'somewhere', '10.0.0.0/8/8', '::1/129']) {
    assert.match(proxies(range), /listen\.http\.trust_proxy\W*0\W*: expected an address or a network/, range);
  }
  parse(text.replace(listens, listen('trust_proxy: [10.0.0.0/8, "::1", loopback]', 'port: 7001')));
  assert.match(
    complaint(listens, listen('port: 7000', 'trust_proxy: [10.0.0.0/33]')),
    /listen\.wire\.trust_proxy\W*0\W*: expected an address or a network/,
  );
  const wired = parse(text.replace(listens, listen('port: 7000', 'trust_proxy: [10.0.0.7]')));
  assert.deepEqual(wired.wire.trustProxy, ['10.0.0.7']);
});

test("a key that is not its certificate's is refused", () => {
  const [one, other] = [selfSigned(), selfSigned()];
  const listens = /listen:\n(?: .*\n|\n)+/.exec(text)?.[0] ?? '';
  const changed = text.replace(listens, 'listen:\n  wire: { tls: { cert: crt, key: key } }\n');
  const load = (pair: { cert: string; key: string }) =>
    parseConfig('sudoql.yaml', changed, env, (path) =>
      path.endsWith('crt') ? pair.cert : path.endsWith('key') ? pair.key : pem(),
    );
  assert.equal(load(one).wire.tls?.key, one.key);
  assert.throws(
    () => load({ cert: one.cert, key: other.key }),
    /listen\.wire\.tls\.key: expected the certificate's own key/,
  );
  assert.throws(() => load({ cert: one.cert, key: 'no key' }), /listen\.wire\.tls: expected a certificate and its key/);
});

test('a bundle has a key and a place that nobody else answers for; it is of no other source', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const read = (path: string) => (path.endsWith('key.pem') ? key : pem());
  const of = (bundle: string, source = 'bundle') =>
    parseConfig(
      'sudoql.yaml',
      text.replace('  source: directory\n  directory: ./policies\n', `  source: ${source}\n  bundle: ${bundle}\n`),
      env,
      read,
    ).policy;
  const policy = of('{ url: https://p.example.com/b.tar.gz, key: key.pem, algorithm: ES256, scope: shop }');
  assert.ok(policy.source === 'bundle');
  const { place, everyMs } = policy.bundle;
  assert.deepEqual([place.url, place.token, everyMs], ['https://p.example.com/b.tar.gz', null, 30_000]);
  assert.deepEqual(policy.bundle.key, { key, algorithm: 'ES256', scope: 'shop' });
  for (const [bundle, why] of [
    ['{ url: http://p.example.com/b, key: key.pem, algorithm: ES256 }', /bundle\.url: expected an https/],
    ['{ url: https://p.example.com/b, key: other.pem, algorithm: ES256 }', /bundle\.key: expected a public key/],
    ['{ url: https://p.example.com/b, key: key.pem, algorithm: HS256 }', /algorithm: expected/],
  ] as const)
    assert.throws(() => of(bundle), why);
  assert.throws(
    () => of('{ url: https://p.example.com/b, key: key.pem, algorithm: ES256 }', 'database'),
    /expected no bundle with source: database/,
  );
});
