// The REPL against the whole gateway, as the demo starts it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { EXIT } from '../../clients/repl/exit-codes.ts';
import { connect } from '../../clients/repl/gateway-client.ts';
import { type Demo, startDemo } from '../helpers/demo.ts';
import { until } from '../helpers/until.ts';
import { onScreen, piped, type Screen } from './screen.ts';

let demo: Demo;
let home: string;
const screens: Screen[] = [];

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'sudoql-repl-'));
  demo = await startDemo();
});
// A person may have so many sessions only.
afterEach(async () => {
  const open = screens.splice(0);
  for (const screen of open) screen.press('\x03\x04');
  await Promise.allSettled(open.map(({ exit }) => exit));
});
after(async () => {
  await demo?.stop();
  rmSync(home, { recursive: true, force: true });
});

const env = (more: Record<string, string> = {}) => ({
  SUDOQL_URL: demo.http,
  SUDOQL_TOKEN: demo.token,
  XDG_CONFIG_HOME: home,
  XDG_STATE_HOME: home,
  PAGER: 'cat > /dev/null; echo paged',
  TERM: 'xterm',
  ...more,
});

function open(args: string[] = ['shop'], more: Record<string, string> = {}): Screen {
  const screen = onScreen(args, env(more));
  screens.push(screen);
  return screen;
}

const tokenOf = (user: string): string => (demo as unknown as { tokens: Record<string, string> }).tokens[user] ?? '';
const nameOf = async (id: number) => (await demo.onTarget('SELECT name FROM customers WHERE id = $1', [id]))[0]?.name;

test('a read just works, and its table shows NULL', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('SELECT 1 AS one,', 'NULL AS nothing;');
  await screen.see(/one \| nothing\s+-+\+-+\s+1 \| ∅\s+\(1 row\)/);
  await screen.prompt();
  screen.press('\x04');
  assert.equal(await screen.exit, EXIT.ok);
});

test('the README shows what is printed: every line of its first example, times and mails aside', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, block = ''] = /real output:[^\n]*\n\n```\n([\s\S]*?)\n```/.exec(readme) ?? [];
  // Mails arrive beside it where the demo shows them; the last line is the prompt that waits.
  const lines = block.split('\n').filter((line) => !line.startsWith('✉'));
  await demo.onTarget("UPDATE orders SET status = 'pending' WHERE id = 4211");
  const screen = open();
  const known = (line: string) =>
    line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\d\d:\d\d \w+/, '\\d\\d:\\d\\d \\S+');
  for (const line of lines) {
    const [, shown = line, typed] = /^(.*?(?:read>|write \d+m>|\[y\/N]|Reason:) ?)(.*)$/.exec(line) ?? [];
    await screen.see(new RegExp(`^${known(shown).replace(/ \d+m>/, ' \\d+m>')}`, 'm'));
    if (typed) screen.type(typed);
  }
  await screen.see(/$/);
  // And nothing between them that the README leaves out.
  const printed = screen.text
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !line.startsWith('sudoql: '));
  const count = (all: string[]) => all.map((line) => line.replace(/\d\d:\d\d \S+|\d+m>/g, '…').trimEnd());
  assert.deepEqual(count(printed), count(lines));
});

test('a refused write asks once, elevates with the reason, and runs the statement once more', async () => {
  const screen = open();
  await screen.prompt();
  screen.type("UPDATE customers SET name = 'Renamed' WHERE id = 11;");
  await screen.see(/Write to shop \(production\)(?: for \d+ min)?\? Your team will be told\. \[y\/N\] /);
  assert.notEqual(await nameOf(11), 'Renamed');
  screen.type('y');
  await screen.see(/Reason: /);
  screen.type("fix customer 11's name");
  await screen.see(/Write mode on shop \(production\) until \d\d:\d\d/);
  await screen.see(/UPDATE 1/);
  await screen.prompt('write \\d+m');
  assert.ok(screen.raw.includes('\u001b[31m'));
  assert.equal(await nameOf(11), 'Renamed');
  screen.type('\\status');
  await screen.see(/reason\s+fix customer 11's name/);
  screen.type('\\unsudo');
  await screen.see(/Read mode\./);
  await screen.prompt();
  screen.type('\\q');
  assert.equal(await screen.exit, EXIT.ok);
});

test('no, an empty reason, Ctrl-C and Ctrl-D each leave the session in read with the refusal shown', async () => {
  for (const answers of [['n'], [''], ['yess'], ['y', ''], ['\x03'], ['y', '\x03']]) {
    const screen = open();
    await screen.prompt();
    screen.type('DELETE FROM payments WHERE id = 1;');
    for (const [i, answer] of answers.entries()) {
      await screen.see(i === 0 ? /\[y\/N\] / : /Reason: /);
      if (answer === '\x03') screen.press(answer);
      else screen.type(answer);
    }
    await screen.see(/ERROR: .*read mode/);
    await screen.see(/HINT: .*SELECT sudo\('why'\)/);
    await screen.prompt();
    screen.press('\x04');
    assert.equal(await screen.exit, EXIT.ok);
  }
});

test('what was pasted behind a refused write does not answer the question', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('DELETE FROM payments WHERE id = 1;', 'y', 'because;', 'SELECT 41 + 1 AS answer;');
  await screen.see(/ERROR: .*read mode/);
  await screen.prompt();
  screen.press('\x03');
  screen.type('SHOW sudoql.mode;');
  await screen.see(/sudoql\.mode\s+-+\s+read/);
  assert.doesNotMatch(screen.text, /\[y\/N\]/);
});

test('inside a transaction a refused write is not offered: it would lose what came before', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('BEGIN;', 'SELECT 1;');
  await screen.see(/\(1 row\)/);
  await screen.prompt('read\\*');
  screen.type('DELETE FROM payments WHERE id = 1;');
  await screen.see(/ERROR: /);
  await screen.prompt('read!');
  screen.type('ROLLBACK;');
  await screen.prompt();
  assert.doesNotMatch(screen.text, /\[y\/N\]/);
});

test('a refusal of policy is not offered either, and \\why says why', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('SET ROLE postgres;');
  await screen.see(/ERROR: /);
  await screen.prompt();
  screen.type('\\why');
  await screen.see(/refused\s+.*\((?:refused_by_floor|refused_by_policy)\)/);
  await screen.prompt();
  screen.type('SELECT * FROM nothing_here;');
  await screen.see(/LINE 1: SELECT \* FROM nothing_here\s+\^/);
  screen.type('\\why');
  await screen.see(/The database itself said so \(SQLSTATE 42P01\)/);
  assert.doesNotMatch(screen.text, /\[y\/N\]/);
});

test('a token that may not elevate is never asked', async () => {
  const screen = open(['shop'], { SUDOQL_TOKEN: tokenOf('robot') });
  await screen.prompt();
  screen.type('DELETE FROM payments WHERE id = 1;');
  await screen.see(/ERROR: .*read mode/);
  await screen.prompt();
  assert.doesNotMatch(screen.text, /\[y\/N\]/);
});

test('\\sudo takes a reason and a time, and extends', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('\\sudo');
  await screen.see(/Reason: /);
  screen.type('');
  await screen.see(/Without a reason/);
  screen.type('\\sudo -t 5min look after order 4211');
  await screen.prompt('write 5m');
  screen.type('\\sudo -t 10min a little longer');
  await screen.prompt('write 10m');
  screen.type('\\sudo -t soon why not');
  await screen.see(/ERROR: /);
});

test('an elevation that ends from outside is told above the line that is being typed, and the line stays', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('\\sudo to be revoked');
  await screen.prompt('write \\d+m');
  screen.press('SELECT 7 * 6');
  await screen.see(/SELECT 7 \* 6/);
  const headers = { authorization: `Bearer ${demo.security.token}` };
  const live = await fetch(`${demo.http}/v1/elevations?state=live`, { headers });
  const { elevations } = (await live.json()) as { elevations: { id: string; reason: string | null }[] };
  for (const { id } of elevations) await fetch(`${demo.http}/v1/elevations/${id}/revoke`, { method: 'POST', headers });
  await screen.see(/(?:WARNING|NOTICE): .+/);
  await screen.see(/shop \(production\) read> SELECT 7 \* 6/);
  screen.type(' AS answer;');
  await screen.see(/answer\s+-+\s+42/);
});

test('Ctrl-C cancels what runs, and clears what is typed', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('SELECT pg_sleep(60);');
  await until('it runs on the target', async () => {
    const rows = await demo.onTarget(
      "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(60)%'",
    );
    return rows.length > 0;
  });
  screen.press('\x03');
  await screen.see(/ERROR: .*cancel/);
  await screen.prompt();
  screen.type("SELECT 'half");
  await screen.see(/'> /);
  screen.press('a thought\x03');
  await screen.prompt();
  screen.type('SELECT 5 AS whole;');
  await screen.see(/whole\s+-+\s+5/);
});

test('a command is heard in the middle of a statement, which stays as it is; in a quote a backslash is text', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('SELECT 40 +');
  screen.type('\\x off');
  screen.type('2 AS answer;');
  await screen.see(/answer\s+-+\s+42/);
  screen.type("SELECT '", "\\x off' AS quoted;");
  await screen.see(/\\x off/);
});

test('\\d lists and describes, \\x turns a table, \\timing and \\? work, an unknown command is said', async () => {
  const screen = open(['shop', '--no-pager']);
  await screen.prompt();
  screen.type('\\d');
  await screen.see(/public \| orders\s+\| table/);
  screen.type('\\d orders');
  await screen.see(/customer_id\s+\| integer\s+\| not null/);
  await screen.see(/Indexes\s+CREATE UNIQUE INDEX orders_pkey/);
  await screen.see(/Referred to by/);
  screen.type('\\d no_such_thing');
  await screen.see(/There is no relation "no_such_thing"/);
  screen.type("\\d it's; DROP TABLE orders");
  await screen.see(/There is no relation/);
  screen.type('\\x', 'SELECT 1 AS one;');
  await screen.see(/-\[ row 1 ]-+\s+one \| 1/);
  screen.type('\\timing', 'SELECT 2;');
  await screen.see(/Time: [\d.]+ ms/);
  screen.type('\\?');
  for (const name of ['sudo', 'unsudo', 'status', 'why', 'd\\[', 'x ', 'timing', '\\?', 'q ']) {
    await screen.see(new RegExp(`\\\\${name.replace('?', '\\?').replace('\\\\', '')}`));
  }
  screen.type('\\nonsense');
  await screen.see(/There is no \\nonsense/);
  screen.type('\\dq');
  await screen.see(/Did you mean \\d\?/);
});

test('a result longer than the screen goes to the pager', async () => {
  const marker = join(home, 'paged');
  const screen = open(['shop'], { PAGER: `wc -l > ${marker}` });
  await screen.prompt();
  screen.type('SELECT * FROM generate_series(1, 100);');
  await until('the pager has run', async () => {
    const { size } = (await import('node:fs')).statSync(marker, { throwIfNoEntry: false }) ?? { size: 0 };
    return size > 0;
  });
  await screen.prompt();
  assert.doesNotMatch(screen.text, /\b57\b/);
  screen.type('SELECT 12 AS short;');
  await screen.see(/short\s+-+\s+12/);
});

test('a pager that does not exist is no reason to show nothing', async () => {
  const screen = open(['shop'], { PAGER: 'no-such-pager-anywhere' });
  await screen.prompt();
  screen.type('SELECT * FROM generate_series(1, 100);');
  await screen.see(/\b57\b/);
  await screen.see(/\(100 rows\)/);
});

test('notices of the target are shown', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('BEGIN;', 'BEGIN;');
  await screen.see(/WARNING: there is already a transaction in progress/);
});

test('a lost connection is said, and connecting again is offered', async () => {
  const upstream = new URL(demo.http);
  const through = new Set<Socket>();
  const proxy = createServer((socket) => {
    const other = connectSocket(Number(upstream.port), upstream.hostname);
    through.add(socket);
    socket.on('error', () => {}).on('close', () => other.destroy());
    other.on('error', () => {}).on('close', () => socket.destroy());
    socket.pipe(other).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of through) socket.destroy();
    through.clear();
  };
  try {
    const screen = open(['shop'], { SUDOQL_URL: `http://127.0.0.1:${(proxy.address() as { port: number }).port}` });
    await screen.prompt();
    screen.press("SELECT 'half");
    await screen.see(/SELECT 'half/);
    cut();
    await screen.see(/The connection to the gateway was lost/);
    await screen.see(/Connect again\? \[Y\/n] /);
    screen.type('y');
    await screen.see(/Connected again, in read mode/);
    await screen.prompt();
    await screen.see(/SELECT 'half/);
    screen.type(" typed' AS line;");
    await screen.see(/line\s+-+\s+half typed/);
    await screen.prompt();
    screen.type('SELECT pg_sleep(60);');
    await screen.see(/pg_sleep\(60\);/);
    await until('it runs on the target', async () => {
      const rows = await demo.onTarget(
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(60)%'",
      );
      return rows.length > 0;
    });
    cut();
    await screen.see(/Whether the statement took effect is not known/);
    await screen.see(/Connect again\? \[Y\/n] /);
    screen.type('n');
    assert.equal(await screen.exit, EXIT.connection);
  } finally {
    cut();
    proxy.close();
  }
});

test('a long result is shown as it comes, to its end or to the error that cuts it, and is not held', async () => {
  const screen = open(['shop', '--no-pager']);
  await screen.prompt();
  screen.type('SELECT i, CASE WHEN i < 4500 THEN 1 ELSE 1 / (i - 4500) END AS x FROM generate_series(1, 9000) i;');
  await screen.see(/4499 \|/);
  await screen.see(/\(4499 rows until the error\)\s+ERROR: division by zero/);
  await screen.prompt();
  screen.type('SELECT 1 / 0 AS nothing;');
  await screen.see(/ERROR: division by zero/);
  assert.doesNotMatch(screen.text, /nothing\s+-+\s/);
  screen.type("SELECT i, repeat('x', 40) AS x FROM generate_series(1, 5000) i;");
  await screen.see(/5000 \| x{40}\s+\(5000 rows\)/);
  screen.type('\\x on', 'SELECT i FROM generate_series(1, 2500) i;');
  await screen.see(/-\[ row 2500 ]-+\s+i \| 2500\s+\(2500 rows\)/);
});

test('a result of many rows takes no more memory than one of few', async () => {
  const main = fileURLToPath(new URL('../../clients/repl/main.ts', import.meta.url));
  const args = ['--max-old-space-size=100', main, 'shop', '-c'];
  const text = "SELECT i, repeat('y', 400) AS wide FROM generate_series(1, 300000) i";
  const child = spawn(process.execPath, [...args, text], {
    env: { ...process.env, ...env() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => child.kill());
  let lines = 0;
  for await (const chunk of child.stdout) for (const byte of chunk as Buffer) if (byte === 10) lines++;
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
  assert.equal(lines, 300_003);
});

test('Ctrl-D at a question is a no, and the prompt goes on', async () => {
  for (const keys of [['\x04'], ['y\r', '\x04']]) {
    const screen = open();
    await screen.prompt();
    screen.type('DELETE FROM payments WHERE id = 1;');
    for (const [i, key] of keys.entries()) {
      await screen.see(i === 0 ? /\[y\/N\] / : /Reason: /);
      screen.press(key);
    }
    await screen.see(/ERROR: .*read mode/);
    await screen.prompt();
    screen.type('SELECT 40 + 2 AS answer;');
    await screen.see(/answer\s+-+\s+42/);
    await screen.prompt();
    screen.press('\x04');
    assert.equal(await screen.exit, EXIT.ok);
  }
});

const PASTE = (text: string) => `\x1b[200~${text}\x1b[201~`;

test('what is pasted waits for Enter; in write mode it is asked for too, and its first failure ends it', async () => {
  const screen = open();
  await screen.prompt();
  screen.press(PASTE('SELECT 1 AS first;\rDELETE FROM payments WHERE id = 1;\rSELECT 2 AS second;\r'));
  await screen.see(/SELECT 2 AS second;/);
  assert.doesNotMatch(screen.text, /\(1 row\)/);
  screen.press('\r');
  await screen.see(/first\s+-+\s+1/);
  await screen.see(/ERROR: .*read mode/);
  await screen.see(/Not run: 1 more of what you entered/);
  assert.equal(screen.text.match(/the statement does more than read/g)?.length, 1);
  assert.doesNotMatch(screen.text, /\[y\/N]/);
  await screen.prompt();
  screen.type('\\sudo paste');
  await screen.prompt('write \\d+m');
  for (const [answer, name] of [
    ['n', 'Pasted'],
    ['\x04', 'Pasted'],
    ['y', 'Pasted twice'],
  ]) {
    screen.press(`${PASTE(`UPDATE customers SET name = '${name}' WHERE id = 21;\rSELECT 'all' AS pasted;\r`)}\r`);
    await screen.see(/Run 2 pasted lines in write mode on shop \(production\)\? \[y\/N] /);
    screen.press(answer === 'y' || answer === 'n' ? `${answer}\r` : (answer ?? ''));
    await screen.see(answer === 'y' ? /UPDATE 1[\s\S]*pasted[\s\S]*all/ : /Not run\./);
    assert.equal((await nameOf(21)) === name, answer === 'y', answer);
    await screen.prompt('write \\d+m');
  }
  // One line, and what is typed, is read before it is ended.
  screen.press(`${PASTE('SELECT 7 AS typed;')}\r`);
  await screen.see(/typed\s+-+\s+7/);
  screen.type('\\unsudo');
  await screen.prompt();
  screen.press(`${PASTE("\\sudo in a paste\rUPDATE customers SET name = 'Slipped' WHERE id = 21;\r")}\r`);
  await screen.see(/Run 1 pasted line in write mode/);
  screen.type('n');
  await screen.see(/Not run\./);
  assert.equal(await nameOf(21), 'Pasted twice');
  screen.type('\\unsudo');
  await screen.prompt();
  // Also in read mode what would run something here is asked for.
  for (const line of [
    '\\! echo ran',
    'SELECT 2 \\g |cat',
    'SELECT 2 \\g ~/.profile',
    '\\out x',
    '\\ir x',
    '\\copy t to x',
  ]) {
    screen.press(`${PASTE(`SELECT 1;\r${line}\r`)}\r`);
    await screen.see(/Run 2 pasted lines which run programs or use files of this machine\? \[y\/N] /);
    screen.type('n');
    await screen.see(/Not run\./);
  }
  screen.press(`${PASTE("SELECT 3 AS three \\g\rSELECT 4 AS four \\gset\rSELECT '!' AS last;\r")}\r`);
  await screen.see(/three[\s\S]*last/);
});

test('an option is not taken as the value of the one before it', async () => {
  for (const args of [
    ['shop', '--write', '--csv', '-c', 'SELECT 1'],
    ['shop', '--write', '-f', 'x.sql'],
    ['shop', '--write', 'why', '--for', '--csv', '-c', 'SELECT 1'],
    ['shop', '-f', '--csv'],
    ['shop', '-c', '--csv'],
  ]) {
    const { code, err } = await piped(args, env());
    assert.equal(code, EXIT.usage, args.join(' '));
    assert.match(err, /a value is missing before it/, args.join(' '));
  }
  const comment = await piped(['shop', '-c', '--no more than a comment\nSELECT 5 AS five'], env());
  assert.match(comment.out, /five\s+-+\s+5/);
});

test('a program gets errors as JSON too', async () => {
  const { code, err } = await piped(['shop', '--json', '-c', 'SELECT nothing FROM customers'], env());
  assert.equal(code, EXIT.statement);
  const { code: sqlstate, message, position } = JSON.parse(err);
  assert.deepEqual([sqlstate, message, position], ['42703', 'column "nothing" does not exist', '8']);
  const refused = await piped(['shop', '--json', '-c', 'DELETE FROM payments WHERE id = 1'], env());
  assert.equal(JSON.parse(refused.err).sudoql, 'write_needs_elevation');
});

test('--csv and --json give data and nothing else', async () => {
  const text = "SELECT id, NULL AS nothing, 'a,b' AS text, true AS yes FROM customers WHERE id IN (7, 8) ORDER BY id";
  const csv = await piped(['shop', '--csv', '-c', text], env());
  assert.deepEqual(csv, { code: EXIT.ok, out: 'id,nothing,text,yes\n7,,"a,b",t\n8,,"a,b",t\n', err: '' });
  const json = await piped(['shop', '--json', '-c', `${text}; SELECT 1 AS n WHERE false; BEGIN; COMMIT`], env());
  assert.equal(json.code, EXIT.ok);
  const [rows, none] = json.out.split(/\n(?=\[\])/);
  assert.deepEqual(JSON.parse(rows ?? ''), [
    { id: 7, nothing: null, text: 'a,b', yes: true },
    { id: 8, nothing: null, text: 'a,b', yes: true },
  ]);
  assert.deepEqual(JSON.parse(none ?? ''), []);
});

test('without a terminal nothing is asked: a write in read mode fails with its exit code and says how', async () => {
  const before = await nameOf(12);
  const refused = await piped(
    ['shop'],
    env(),
    "SELECT 1;\nUPDATE customers SET name = 'x' WHERE id = 12;\nSELECT 2;\n",
  );
  assert.equal(refused.code, EXIT.readMode);
  assert.match(refused.err, /--write 'why'/);
  assert.doesNotMatch(refused.out, / 2/);
  assert.equal(await nameOf(12), before);
});

test('--write elevates a script, for people and for services that may, and is announced', async () => {
  for (const [token, name] of [
    [demo.token, 'By a script'],
    [tokenOf('app'), 'By a service'],
  ] as const) {
    const reason = `migration \\ of ${name}, with 'quotes'`;
    const done = await piped(
      ['shop', '--write', reason, '--for', '5 min', '-c', `UPDATE customers SET name = '${name}' WHERE id = 13`],
      env({ SUDOQL_TOKEN: token }),
    );
    assert.deepEqual([done.code, done.out], [EXIT.ok, 'UPDATE 1\n'], done.err);
    assert.match(done.err, /Write mode on shop \(production\) until/);
    assert.equal(await nameOf(13), name);
    await until('a mail with the reason has come', async () => (await (await fetch(demo.mails)).text()).includes(name));
  }
});

test('--write is refused with its exit code where the token may not', async () => {
  const refused = await piped(
    ['shop', '--write', 'because', '-c', 'SELECT 1'],
    env({ SUDOQL_TOKEN: tokenOf('robot') }),
  );
  assert.equal(refused.code, EXIT.elevation);
  assert.notEqual(refused.err, '');
});

test('a script’s first failure ends it, with the place, and its exit code says which kind', async () => {
  const file = join(home, 'fix.sql');
  writeFileSync(file, 'SELECT 1 AS first;\n\nSELECT *\nFROM nowhere;\nSELECT 3 AS third;\n');
  const failed = await piped(['shop', '-f', file], env());
  assert.equal(failed.code, EXIT.statement);
  assert.match(failed.out, /first/);
  assert.doesNotMatch(failed.out, /third/);
  assert.match(failed.err, /fix\.sql:4: ERROR: relation "nowhere" does not exist\nLINE 2: FROM nowhere\n {13}\^/);
  assert.equal((await piped(['shop', '-c', 'SET ROLE postgres'], env())).code, EXIT.refused);
  assert.equal((await piped(['shop', '-c', "SELECT 'open"], env())).code, EXIT.usage);
  assert.equal((await piped(['shop', '-f', join(home, 'none.sql')], env())).code, EXIT.usage);
  assert.equal((await piped(['shop', '--csv', '--json'], env())).code, EXIT.usage);
  assert.equal((await piped(['shop', '--no-such-flag'], env())).code, EXIT.usage);
  assert.equal((await piped(['nowhere', '-c', 'SELECT 1'], env())).code, EXIT.connection);
  assert.equal((await piped(['shop', '-c', 'SELECT 1'], env({ SUDOQL_TOKEN: 'wrong' }))).code, EXIT.connection);
  assert.equal(
    (await piped(['shop', '-c', 'SELECT 1'], env({ SUDOQL_URL: 'http://127.0.0.1:1' }))).code,
    EXIT.connection,
  );
  assert.equal((await piped(['--help'], env())).code, EXIT.ok);
});

test('Ctrl-C cancels a script’s statement and ends it with 130', async () => {
  let press: () => void = () => {};
  const running = piped(['shop', '-c', 'SELECT pg_sleep(61); SELECT 1'], env(), '', (interrupted) => {
    press = interrupted;
    return () => {};
  });
  const onTarget = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(61)%'";
  await until('it runs on the target', async () => (await demo.onTarget(onTarget)).length > 0);
  press();
  assert.equal((await running).code, EXIT.interrupted);
  await until('it is gone from the target', async () => (await demo.onTarget(onTarget)).length === 0);
});

test('COPY TO STDOUT is data as it is; COPY FROM STDIN takes what stands behind it, byte for byte', async () => {
  const out = await piped(
    ['shop', '-c', 'COPY (SELECT id, NULL FROM customers WHERE id IN (7, 8) ORDER BY id) TO STDOUT'],
    env(),
  );
  assert.deepEqual(out, { code: EXIT.ok, out: '7\t\\N\n8\t\\N\n', err: '' });
  const columns = 'customers (id, name, email, city, created_at, newsletter)';
  const text = `COPY ${columns} FROM STDIN (FORMAT csv);
90001,"a
b\r",a@example.com,Riga,2024-01-01,f
90002,ünï,b@example.com,Riga,2024-01-01,f
\\.
SELECT id, name FROM customers WHERE id > 90000 ORDER BY 1;
`;
  const into = await piped(['shop', '--write', 'copy', '--csv'], env(), text);
  assert.deepEqual([into.code, into.out], [EXIT.ok, 'id,name\n90001,"a\nb\r"\n90002,ünï\n'], into.err);
  const file = join(home, 'copy.sql');
  writeFileSync(file, `SELECT 1;\n\nCOPY ${columns} FROM STDIN;\nmany\n\\.\nSELECT 2 AS second;\n`);
  const failed = await piped(['shop', '--write', 'copy', '-f', file], env());
  assert.equal(failed.code, EXIT.statement);
  assert.match(failed.err, /copy\.sql:3: ERROR: invalid input syntax for type/);
  assert.doesNotMatch(failed.out, /second/);
  const line = '90003\tby -c\tc@example.com\tRiga\t2024-01-01\tf\n';
  const data = await piped(['shop', '--write', 'copy', '-c', `COPY ${columns} FROM STDIN`], env(), line);
  assert.deepEqual([data.code, data.out], [EXIT.ok, 'COPY 1\n'], data.err);
  writeFileSync(join(home, 'rows.tsv'), line.replace('90003', '90004').replace('c@', 'd@'));
  const local = await piped(
    ['shop', '--write', 'copy'],
    env(),
    `\\copy ${columns} from '${join(home, 'rows.tsv')}'\n\\copy (SELECT name FROM customers WHERE id = 90004) to '${join(home, 'out.tsv')}'\n`,
  );
  assert.deepEqual([local.code, local.out], [EXIT.ok, 'COPY 1\nCOPY 1\n'], local.err);
  assert.equal(readFileSync(join(home, 'out.tsv'), 'utf8'), 'by -c\n');
});

test('without a target the only one is taken', async () => {
  const found = await piped(['-c', 'SHOW sudoql.mode'], env());
  assert.deepEqual([found.code, found.err], [EXIT.ok, '']);
});

test('a reader that stops makes the target wait: nothing is piled up on the way', async () => {
  const main = fileURLToPath(new URL('../../clients/repl/main.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [main, 'shop', '--csv', '-c', "SELECT i, repeat('x', 1000) AS slow_reader FROM generate_series(1, 60000) i"],
    { env: { ...process.env, ...env() }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  after(() => child.kill());
  await until('the target has waited for its client for a while', async () => {
    const rows = await demo.onTarget(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'ClientWrite' AND query LIKE '%slow_reader%'
        AND now() - query_start > interval '3 s'`,
    );
    return rows.length > 0;
  });
  let lines = 0;
  for await (const chunk of child.stdout) for (const byte of chunk as Buffer) if (byte === 10) lines++;
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
  assert.equal(lines, 60_001);
});

test('`| head` ends it quietly', async () => {
  const main = fileURLToPath(new URL('../../clients/repl/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'shop', '--csv', '-c', 'SELECT * FROM generate_series(1, 1000000)'], {
    env: { ...process.env, ...env() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  after(() => child.kill());
  child.stdout.once('data', () => child.stdout.destroy());
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
  assert.equal(complaint, '');
});

const ESCAPE = 'U&"\\001b]0;owned\\0007"';

test('nothing that a server sends reaches the terminal as a command to it: names, values, notices, data of COPY, completion', async () => {
  await demo.onTarget(
    `CREATE TABLE ${ESCAPE} (${ESCAPE} int); CREATE TABLE "p\u001bq" (i int); CREATE TABLE pq_plain (i int)`,
  );
  for (const format of [[], ['--csv', '--no-pager'], ['--json', '--no-pager']]) {
    const screen = open(['shop', ...format], { NO_COLOR: '1' });
    await screen.prompt();
    const from = screen.raw.length;
    screen.type(`SELECT U&'\\001b[2J' || chr(155) AS ${ESCAPE};`);
    await screen.see(/\[2J/);
    // A notice of the server's, with a name in it.
    screen.type(`SELECT 1 AS U&"\\001b[31mred${'x'.repeat(80)}";`);
    await screen.see(/identifier "\\x1b\[31mredx/);
    screen.type(`COPY (SELECT U&'\\001b[2Jcopied') TO STDOUT;`, '\\d ?]0;*', '\\echo done one');
    await screen.see(/\\x1b\[2Jcopied/);
    await screen.see(/done one/);
    screen.type(
      "SELECT U&'\\001b[2J' AS v, chr(155) AS c \\gset",
      '\\echo :v :c',
      "\\set PROMPT1 '%:v:%:c:shop (production) read> '",
      '\\echo done two',
    );
    await screen.see(/done two/);
    await screen.prompt();
    screen.press('SELECT * FROM p');
    screen.press('\t');
    await screen.see(/pq_plain/);
    screen.press('\x03');
    screen.type(
      'SELECT 1 / 0 AS "\u001b[31m";',
      `SELECT ${ESCAPE} FROM customers;`,
      '\\errverbose',
      '\\why',
      '\\p',
      '\\echo done three',
    );
    await screen.see(/done three\s*$/m);
    const ours = screen.raw
      .slice(from)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what we ourselves send is told from the rest.
      .replaceAll(/\u001b(?:\[\??[\d;]*[A-DJKhlm])/g, (sequence) => (sequence.endsWith('m') ? 'COLOUR' : ''));
    assert.ok(!ours.includes('\u001b') && !ours.includes('\u009b') && !ours.includes('COLOUR'), JSON.stringify(ours));
  }
  await demo.onTarget(`DROP TABLE ${ESCAPE}, "p\u001bq", pq_plain`);
});

test('what a result holds becomes no SQL and no prompt: it is quoted, or refused', async () => {
  const screen = open();
  await screen.prompt();
  screen.type(
    "SELECT '1; DELETE FROM payments' AS v, 'x' AS \"PROMPT1\" \\gset",
    "SELECT '1; DELETE FROM payments' AS v, -5 AS n \\gset",
  );
  await screen.see(/A result cannot set PROMPT1/);
  await screen.prompt();
  screen.type('SELECT :v;');
  await screen.see(/:v came from a result and is no number/);
  screen.type("SELECT :'v' AS quoted, 3 -:n AS eight;");
  await screen.see(/1; DELETE FROM payments \|\s+8/);
  screen.type('SELECT 1 WHERE false \\gset', 'SELECT generate_series(1, 3) AS g \\gset');
  await screen.see(/There is no row for/);
  await screen.see(/more than one row/);
  screen.type("\\set mine 'id = 7'", 'SELECT name AS of_mine FROM customers WHERE :mine;');
  await screen.see(/of_mine[\s\S]*\(1 row\)/);
});

test('a new session is in read mode, and write mode ends with the one that was left', async () => {
  const screen = open();
  await screen.prompt();
  screen.type('\\sudo to be left by \\c');
  await screen.prompt('write \\d+m');
  screen.type('\\c shop');
  await screen.see(/Connected to shop \(production\), in read mode/);
  await screen.prompt();
  screen.type('SHOW sudoql.mode;');
  await screen.see(/sudoql\.mode\s+-+\s+read/);
  await until('the elevation has ended in the record', async () => {
    const rows =
      await demo.onLedger(`SELECT 1 FROM entry s JOIN entry e ON e.body::jsonb ->> 'elevation' = s.body::jsonb ->> 'elevation'
      WHERE s.body::jsonb ->> 'reason' LIKE 'to be left by%' AND e.body::jsonb ->> 'kind' = 'elevation_ended'`);
    return rows.length > 0;
  });
  screen.type('\\c nowhere');
  await screen.see(/nowhere/);
  screen.type('SELECT 6 AS still_here;');
  await screen.see(/still_here\s+-+\s+6/);
});

test('the rc file runs before the prompt, unless others could have written it; PROMPT1 is the prompt', async () => {
  const directory = join(home, 'sudoql');
  mkdirSync(directory, { recursive: true });
  const rc = join(directory, 'rc');
  writeFileSync(rc, "\\set PROMPT1 '%/ mine> '\n\\timing on\n\\nonsense\n");
  try {
    chmodSync(rc, 0o666);
    const others = open();
    assert.equal(await others.exit, EXIT.usage);
    assert.match(others.text, /can be written by others/);
    chmodSync(rc, 0o600);
    const screen = open();
    await screen.see(/rc:3: There is no \\nonsense/);
    await screen.see(/shop mine> /);
    screen.type('SELECT 1;');
    await screen.see(/Time: /);
    const without = open(['shop', '--no-rc']);
    await without.prompt();
  } finally {
    rmSync(rc);
  }
});

test('\\e, \\ef and \\! are the person’s own: what was edited waits for Enter, and an editor obeys no line of a server’s text', async () => {
  await demo.onTarget('CREATE FUNCTION modeline() RETURNS int LANGUAGE sql AS $$ SELECT 1 /* vim: set ft=x : */ $$');
  const editor = join(home, 'vim');
  writeFileSync(
    editor,
    `#!/bin/sh\nprintf '%s ' "$@" >> ${home}/args\nfor last; do :; done\necho 'SELECT 8 AS edited;' > "$last"\n`,
    { mode: 0o755 },
  );
  const screen = open(['shop'], { EDITOR: editor });
  await screen.prompt();
  screen.type('SELECT 7', '\\e');
  await screen.see(/SELECT 8 AS edited;/);
  assert.doesNotMatch(screen.text, /edited\s+-/);
  screen.press('\r');
  await screen.see(/edited\s+-+\s+8/);
  screen.type('\\ef modeline');
  await screen.see(/SELECT 8 AS edited;/);
  screen.press('\x03');
  assert.match(
    readFileSync(join(home, 'args'), 'utf8'),
    /^--cmd set nomodeline \S+statement\.sql --cmd set nomodeline \S+statement\.sql $/,
  );
  screen.type('\\sf modeline');
  await screen.see(/vim: set ft=x/);
  screen.type('\\! echo $((40 + 2)); exit 3');
  await screen.see(/42\s+It ended with 3/);
  await demo.onTarget('DROP FUNCTION modeline()');
});

test('\\i stops at the first failure with file and line, asks nothing, and \\ir is beside the file', async () => {
  mkdirSync(join(home, 'in'), { recursive: true });
  writeFileSync(join(home, 'in', 'outer.sql'), "SELECT 'outer' AS at;\n\\ir inner.sql\nSELECT 'not reached' AS at;\n");
  writeFileSync(
    join(home, 'in', 'inner.sql'),
    "SELECT 'inner' AS at;\n\n  -- why\nUPDATE customers SET name = name;\n",
  );
  const screen = open();
  await screen.prompt();
  screen.type(`\\i ${join(home, 'in', 'outer.sql')}`);
  await screen.see(/inner\.sql:3: ERROR: .*read mode/);
  await screen.prompt();
  assert.match(screen.text, /outer[\s\S]*inner/);
  assert.doesNotMatch(screen.text, /not reached|\[y\/N]/);
  writeFileSync(join(home, 'in', 'loop.sql'), '\\ir loop.sql\n');
  screen.type(`\\i ${join(home, 'in', 'loop.sql')}`);
  await screen.see(/include each other/);
  const json = await piped(['shop', '--json', '-f', join(home, 'in', 'inner.sql')], env());
  assert.deepEqual((({ file, line }) => [file, line])(JSON.parse(json.err)), [join(home, 'in', 'inner.sql'), 3]);
});

test('\\g and its kin: again, into a file, through a program, turned, watched, and lists by psql’s patterns', async () => {
  const screen = open();
  await screen.prompt();
  screen.type(`SELECT 'first' AS a \\g ${join(home, 'g.txt')}`, 'SELECT 40 + 2 AS b \\gx', '\\g |sed s/42/forty-two/');
  await screen.see(/b \| 42/);
  await screen.see(/forty-two/);
  assert.match(readFileSync(join(home, 'g.txt'), 'utf8'), /^ a\n-+\n first\n\(1 row\)\n$/);
  screen.type("SELECT * FROM (VALUES ('r1', 'c1', 1), ('r1', 'c2', 2), ('r2', 'c2', 3)) v(r, c, n) \\crosstabview");
  await screen.see(/r\s+\| c1\s+\| c2\s+-[-+]+\s+r1 \|\s+1 \|\s+2\s+r2 \|\s+\|\s+3/);
  screen.type('SELECT 11 AS watched \\watch 0.1 c=2');
  await screen.see(/watched[\s\S]*watched\s+-+\s+11/);
  screen.type('SELECT 12 AS watched \\watch 0.1');
  await screen.see(/ 12\s/);
  screen.press('\x03');
  await screen.prompt();
  screen.type('\\dt order*');
  await screen.see(/public \| order_items \| table[\s\S]*public \| orders[\s\S]*\(2 rows\)/);
  screen.type(
    '\\dtv+ public.cust*',
    '\\di orders_p*',
    '\\df pg_catalog.lower',
    '\\dn',
    '\\du',
    '\\l',
    '\\conninfo',
    '\\h truncate',
  );
  await screen.see(/customers \| table/);
  await screen.see(/orders_pkey\s+\| index \| \S+\s+\| orders/);
  await screen.see(/pg_catalog \| lower/);
  await screen.see(/public/);
  await screen.see(/shop_reader/);
  await screen.see(/shop\s+\| production/);
  await screen.see(/You are ana on shop \(production\) \(PostgreSQL \d+.*in read mode/);
  await screen.see(/TRUNCATE \[TABLE]/);
});

test('on a real terminal: keys, completion, Ctrl-R, a pager, Ctrl-Z, and a terminal left as it was', async () => {
  const main = fileURLToPath(new URL('../../clients/repl/main.ts', import.meta.url));
  // `script` gives it a terminal of its own, and a shell, as a person's is, that does not itself bracket what is pasted.
  const bashrc = join(home, 'bashrc');
  writeFileSync(bashrc, "PS1='shell> '; bind 'set enable-bracketed-paste off'\n");
  const child = spawn('script', ['-qfec', `bash --rcfile ${bashrc} -i`, '/dev/null'], {
    env: { ...process.env, ...env({ PAGER: 'cat; echo paged' }) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  after(() => child.kill());
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  let seen = 0;
  const see = (pattern: RegExp) =>
    until(`${pattern} is seen`, async () => {
      const plain = stripVTControlCharacters(shown);
      const found = pattern.exec(plain.slice(seen));
      if (found) seen += found.index + found[0].length;
      return found !== null;
    });
  await see(/shell> /);
  child.stdin.write(`stty cols 60 rows 12; ${process.execPath} ${main} shop\r`);
  await see(/read> /);
  assert.ok(shown.includes('\u001b[?2004h'));
  child.stdin.write('SELECT count(*) FROM order_i\t');
  await see(/order_items/);
  child.stdin.write('WHERE quan\t');
  await see(/tity/);
  child.stdin.write('< 0;\r');
  await see(/count[\s\S]*\(1 row\)/);
  await see(/read> /);
  child.stdin.write('\x12quan');
  await see(/\(search\)/);
  child.stdin.write('\r');
  await see(/\(1 row\)/);
  child.stdin.write('SELECT i FROM generate_series(1, 30) i;\r');
  await see(/\(30 rows\)\s+paged/);
  await see(/read> /);
  // What is half typed is there again; the shell has the terminal as it knows it meanwhile.
  child.stdin.write('SELECT 40 + \x1a');
  await see(/Stopped[\s\S]*shell> /);
  child.stdin.write("stty -a | grep -o -- '-\\?icanon'; fg\r");
  await see(/\nicanon[\s\S]*read> SELECT 40 \+ /);
  child.stdin.write('2 AS back;\r');
  await see(/42[\s\S]*\(1 row\)/);
  await see(/read> /);
  // In the middle of a statement too, which goes on meanwhile.
  child.stdin.write('SELECT pg_sleep(60);\r');
  await until('it runs on the target', async () => {
    const rows = await demo.onTarget(
      "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(60)%'",
    );
    return rows.length > 0;
  });
  child.stdin.write('\x1a');
  await see(/Stopped[\s\S]*shell> /);
  const on = shown.split('\u001b[?2004h').length;
  child.stdin.write('fg\r');
  await until('it has the keys again', async () => shown.split('\u001b[?2004h').length > on);
  child.stdin.write('\x03');
  await see(/ERROR: .*cancel[\s\S]*read> /);
  child.stdin.write('\x04');
  // What stood behind it in one write would be the REPL's.
  await see(/shell> /);
  child.stdin.write("stty -a | grep -o -- '-\\?icanon'\r");
  await see(/\nicanon/);
  assert.ok(shown.includes('\u001b[?2004l'));
  // With no shell left that could bring it back it is not stopped.
  await see(/shell> /);
  child.stdin.write(`exec ${process.execPath} ${main} shop\r`);
  await see(/read> /);
  child.stdin.write('SELECT 50 + \x1a5 AS stayed;\r');
  await see(/55[\s\S]*\(1 row\)/);
  child.stdin.write('\x04');
  await new Promise((resolve) => child.once('close', resolve));
});

test('a file that cannot hold the results is said, and fails the script', async () => {
  const rows = "SELECT repeat('x', 1000) FROM generate_series(1, 1000)";
  for (const commands of [
    [`\\copy (${rows}) TO /dev/full`],
    [`${rows} \\g /dev/full`],
    ['\\o /dev/full', `${rows};`],
  ]) {
    const { code, err } = await piped(['shop', ...commands.flatMap((command) => ['-c', command])], env());
    assert.match(err, /\/dev\/full cannot be written: ENOSPC/);
    assert.equal(code, EXIT.usage);
  }
});

test('statements that are given together, or when one ends, run one after the other', async () => {
  const gateway = { url: new URL(demo.http), token: demo.token };
  const client = await connect(gateway, { target: 'shop', onNotice: () => {}, onState: () => {} });
  try {
    const order: number[] = [];
    const run = (n: number) => {
      const row = (): boolean => order.push(n) > 0;
      const sink = { columns: () => {}, row, copy: () => true, done: async () => {}, drained: async () => {} };
      return client.run(`SELECT ${n}`, sink);
    };
    const first = run(1);
    await Promise.all([first, run(2), first.then(() => run(3))]);
    assert.deepEqual(order, [1, 2, 3]);
  } finally {
    await client.close();
  }
});
