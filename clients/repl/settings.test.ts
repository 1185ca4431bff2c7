import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makeHistory } from './history.ts';
import { parseOptions } from './options.ts';
import { Problem } from './problem.ts';
import { readSettings } from './settings.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sudoql-settings-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function configure(text: string, mode = 0o600): void {
  mkdirSync(join(home, 'sudoql'), { recursive: true });
  writeFileSync(join(home, 'sudoql', 'config.yaml'), text);
  chmodSync(join(home, 'sudoql', 'config.yaml'), mode);
}
const env = (more: Record<string, string> = {}) => ({ XDG_CONFIG_HOME: home, ...more });
const complaint = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return `${error.message} ${error.hint ?? ''}`;
    throw error;
  }
  return '';
};

test('a flag is before the environment, and that before the file', () => {
  configure('url: https://file.example.com\ntoken: from-file\ntarget: shop\n');
  assert.deepEqual(readSettings({}, env()), {
    url: new URL('https://file.example.com'),
    token: 'from-file',
    target: 'shop',
  });
  const some = env({ SUDOQL_URL: 'https://env.example.com', SUDOQL_TOKEN: 'from-env' });
  assert.deepEqual(readSettings({}, some), {
    url: new URL('https://env.example.com'),
    token: 'from-env',
    target: 'shop',
  });
  const flags = { url: 'https://flag.example.com', token: 'from-flag', target: 'other' };
  assert.deepEqual(readSettings(flags, some), {
    url: new URL('https://flag.example.com'),
    token: 'from-flag',
    target: 'other',
  });
});

test('a configuration file or token file that others may read is refused', () => {
  configure('token: secret\n', 0o644);
  assert.match(
    complaint(() => readSettings({}, env())),
    /can be read by others.*chmod 600/,
  );
  configure('token: secret\n', 0o640);
  assert.match(
    complaint(() => readSettings({}, env())),
    /can be read by others/,
  );
  configure('', 0o600);
  writeFileSync(join(home, 'token'), 'secret\n', { mode: 0o644 });
  chmodSync(join(home, 'token'), 0o644);
  assert.match(
    complaint(() => readSettings({ tokenFile: join(home, 'token') }, env())),
    /can be read by others/,
  );
  chmodSync(join(home, 'token'), 0o600);
  assert.equal(readSettings({ tokenFile: join(home, 'token') }, env()).token, 'secret');
});

test('what is wrong in the settings is said', () => {
  configure('tokne: x\n');
  assert.match(
    complaint(() => readSettings({}, env())),
    /"tokne" is not a setting/,
  );
  configure('token: [x\n');
  assert.match(
    complaint(() => readSettings({}, env())),
    /is not YAML/,
  );
  configure('token: 5\n');
  assert.match(
    complaint(() => readSettings({}, env())),
    /should be a text/,
  );
  configure('');
  assert.match(
    complaint(() => readSettings({}, env())),
    /no token/,
  );
  assert.match(
    complaint(() => readSettings({ token: 'x', url: 'shop' }, env())),
    /not the URL/,
  );
  assert.match(
    complaint(() => readSettings({ token: 'x', config: join(home, 'none') }, env())),
    /cannot be read/,
  );
});

test('the token does not cross a network unencrypted unless asked to', () => {
  const flags = { token: 'x', url: 'http://sudoql.example.com' };
  assert.match(
    complaint(() => readSettings(flags, env())),
    /unencrypted/,
  );
  assert.equal(readSettings({ ...flags, allowPlaintext: true }, env()).url.host, 'sudoql.example.com');
  for (const url of ['http://127.0.0.1:8432', 'http://localhost:8432', 'http://[::1]:8432', 'https://x.example.com']) {
    assert.equal(
      complaint(() => readSettings({ token: 'x', url }, env())),
      '',
    );
  }
  assert.match(
    complaint(() => readSettings({ token: 'x', url: 'http://127.0.0.1.example.com' }, env())),
    /unencrypted/,
  );
});

test('the history is its owner’s alone, keeps the last entry first, and no passwords', () => {
  const path = join(home, 'state', 'history');
  const history = makeHistory(path);
  for (const entry of ['SELECT 1;', 'SELECT\n2;', 'SELECT\n2;', "ALTER ROLE x PASSWORD 'y';", ' SELECT secret;', ''])
    history.add(entry);
  assert.deepEqual(history.entries, ['SELECT\n2;', 'SELECT 1;']);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(makeHistory(path).entries, ['SELECT\n2;', 'SELECT 1;']);
});

test('a history that cannot be written is no reason to fail', () => {
  writeFileSync(join(home, 'file'), '');
  const history = makeHistory(join(home, 'file', 'history'));
  history.add('SELECT 1;');
  assert.deepEqual(history.entries, ['SELECT 1;']);
});

test('--help names every exit code', () => {
  let help = '';
  assert.throws(() => parseOptions(['--help'], { out: (text) => (help += text), error: () => {} }), { exitCode: 0 });
  for (const code of [0, 1, 2, 3, 4, 5, 6, 130]) assert.match(help, new RegExp(`^ +${code} {2}\\S`, 'm'));
});
