// What people, programs and attackers send that is not what it should be, at both ports of the whole process: each gets a
// clear error, nothing hangs, and the process goes on.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import WebSocket from 'ws';
import { WebSocketStream } from '../../services/contract/websocket-stream.ts';
import { message } from '../../services/gateway/wire/frames.ts';
import { assertLedger, assertSettled } from '../helpers/assert-ledger.ts';
import { PATIENCE_MS, until, within } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';
import { parse, query, Raw, refusedInRead, run, sqlstate, SYNC } from '../wire/raw-client.ts';

let whole: Whole;
let slow: Promise<{ what: string; answer: string; ms: number }>[];

/** What a collector of traces was sent. */
let traced = '';
const collector = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => {
    traced += chunk.toString();
  });
  request.on('end', () => {
    traced += '\n';
    response.end('{}');
  });
});

before(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  whole = await startWhole({ more: { traces: { url, allow_private: true } } });
  // They take as long as a client is given; their test comes last.
  slow = [
    drip('http', 'nothing at all', []),
    drip('http', 'a header byte by byte', [...'GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: yes-yes-yes']),
    drip('http', 'a body that never ends', [
      `POST /v1/elevations/x/revoke HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${whole.tokens.sec}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ]),
    drip('wire', 'nothing at all', []),
    drip('wire', 'a startup packet byte by byte', [...'\0\0\0\x30\0\x03\0\0user\0ana\0data']),
  ];
});
after(async () => {
  await whole?.remove();
  collector.closeAllConnections();
  collector.close();
});

const wire = () => whole.wire;
const http = () => Number(new URL(whole.http).port);

/** Connects, sends `bytes`, and gives what was answered when the server has closed. */
async function say(port: number, bytes: Buffer | string, { end = false } = {}): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  if (end) socket.end();
  return heard(socket);
}

function heard(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  return new Promise((resolve) => socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1'))));
}

async function drip(port: 'http' | 'wire', what: string, pieces: string[]) {
  const began = performance.now();
  const socket = connect(port === 'http' ? http() : wire(), '127.0.0.1');
  const left = [...pieces];
  const timer = setInterval(() => {
    const piece = left.shift();
    if (piece !== undefined && socket.writable) socket.write(piece, 'latin1');
  }, 400);
  const answer = await heard(socket);
  clearInterval(timer);
  return { what: `${port}: ${what}`, answer, ms: performance.now() - began };
}

async function overWebSocket(user = 'ana'): Promise<WebSocketStream> {
  const socket = new WebSocket(`${whole.http.replace('http', 'ws')}/v1/connect`, {
    headers: { authorization: `Bearer ${whole.tokens[user]}` },
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return new WebSocketStream(socket);
}

const login = (user = 'ana'): pg.ClientConfig => ({
  host: '127.0.0.1',
  port: wire(),
  user,
  password: whole.tokens[user] ?? '',
  database: 'shop',
});
const ways: [string, (user?: string) => Promise<Raw>][] = [
  ['TCP', (user) => Raw.open(login(user))],
  ['WebSocket', async (user) => Raw.over(await overWebSocket(user), login(user))],
];

const refusal = async (act: Promise<unknown>): Promise<pg.DatabaseError> => {
  try {
    await act;
  } catch (error) {
    return error as pg.DatabaseError;
  }
  throw new Error('It was not refused.');
};

test('a wrong, an expired and a revoked token and an unknown user are refused in the same words, at both ports', async () => {
  const make = async (lifetime: string) =>
    JSON.parse(await whole.sudoqld('token', 'create', '-u', 'guest', '-k', 'human', '-e', lifetime, '--json')) as {
      id: string;
      secret: string;
    };
  const [expired, revoked] = [await make('1s'), await make('1h')];
  await whole.sudoqld('token', 'revoke', revoked.id);
  const bearer = async (secret: string) => {
    const answer = await fetch(`${whole.http}/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
    const { code, message: words } = (await answer.json()) as { code: string; message: string };
    return `${answer.status} ${code} ${words}`;
  };
  await until('the token has expired', async () => (await bearer(expired.secret)).startsWith('401'));
  const cases: [string, string][] = [
    ['guest', 'wrong'],
    ['guest', `${whole.tokens.ana}`],
    ['guest', expired.secret],
    ['guest', revoked.secret],
    ['nobody', revoked.secret],
  ];
  const words = new Set<string>();
  for (const [user, password] of cases) {
    const error = await refusal(whole.connect('ana', { connectionString: undefined, ...login(), user, password }));
    assert.deepEqual([error.code, error.routine], ['28P01', 'wrong_token']);
    words.add(`${error.severity} ${error.message} ${error.detail} ${error.hint}`.replace(user, '…'));
  }
  assert.equal(words.size, 1, [...words].join('\n'));
  const answers = new Set(await Promise.all(['wrong', expired.secret, revoked.secret].map(bearer)));
  assert.equal(answers.size, 1, [...answers].join('\n'));
  for (const secret of ['wrong', expired.secret, revoked.secret]) {
    const socket = new WebSocket(`${whole.http.replace('http', 'ws')}/v1/connect`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    await assert.rejects(new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject)), /401/);
  }
});

test('an unknown target is refused in words at both ports, whatever its name holds', async () => {
  for (const database of ['nosuch', '__proto__', 'constructor', "sh'op\u202e\n", 'x'.repeat(2_000)]) {
    for (const stream of [undefined, await overWebSocket()]) {
      const error = await refusal(
        whole.connect('ana', {
          ...login(),
          connectionString: undefined,
          database,
          ...(stream && { stream: () => stream as never }),
        }),
      );
      assert.deepEqual([error.code, error.routine, error.severity], ['3D000', 'unknown_target', 'FATAL'], database);
      assert.match(error.hint ?? '', /\/v1\/targets/);
    }
  }
});

test('a client that demands TLS where there is none is told so, and one that can do without goes on', async () => {
  const error = await refusal(whole.connect('ana', { ssl: { rejectUnauthorized: false } }));
  assert.match(error.message, /does not support SSL/);
});

test('first bytes that are no HTTP are refused on the HTTP port, and nothing of the inside shows', async () => {
  const cases: [string, string | Buffer, RegExp, { end?: boolean }?][] = [
    ['garbage', Buffer.alloc(512, 0xff), /^HTTP\/1\.1 400 /],
    ['zeros', Buffer.alloc(64), /^HTTP\/1\.1 400 /],
    ['a TLS ClientHello', Buffer.from('160301020001000001fc0303', 'hex'), /^HTTP\/1\.1 400 /],
    ['a StartupMessage', Buffer.from('\0\0\0\x11\0\x03\0\0user\0ana\0\0', 'latin1'), /^HTTP\/1\.1 400 /],
    ['a header without end', `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(64 * 1_024)}`, /^HTTP\/1\.1 431 /],
    ['an address without end', `GET /${'x'.repeat(64 * 1_024)}`, /^HTTP\/1\.1 431 /],
    ['half a request', 'GET /livez HTTP/1.1\r\nHo', /^(HTTP\/1\.1 400 |$)/, { end: true }],
    [
      'two lengths of one body',
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and chunks',
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc',
      /^HTTP\/1\.1 400 /,
    ],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'an upgrade to nothing',
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      /^HTTP\/1\.1 4/,
    ],
  ];
  for (const [what, bytes, expected, how] of cases) {
    const answer = await Promise.race([
      say(http(), bytes, how),
      new Promise<string>((resolve) => setTimeout(resolve, PATIENCE_MS, 'no answer').unref()),
    ]);
    assert.match(answer, expected, what);
    assert.doesNotMatch(answer, /\bat \w+|node_modules|HPE_/, what);
  }
  const elsewhere = new WebSocket(`${whole.http.replace('http', 'ws')}/v1/me`);
  elsewhere.on('error', () => {});
  await new Promise((resolve) => elsewhere.once('close', resolve));
  assert.equal((await fetch(`${whole.http}/livez`)).status, 200);
});

for (const [way, open] of ways) {
  test(`promise 3: what is no statement is refused or answered as PostgreSQL does, over ${way}`, async () => {
    const onLedger = (text: string) => whole.onLedger(text);
    const expected = ['refused - invalid_encoding', 'refused - invalid_encoding', 'read SelectStmt', 'ok 1'];
    await assertLedger(onLedger, expected, async () => {
      const raw = await open();
      assert.equal(sqlstate(await raw.ask(message('Q', Buffer.from([0x53, 0xff, 0])))), '22021');
      assert.equal(
        sqlstate(await raw.ask([message('P', '', Buffer.from([0xc3, 0x28, 0]), Buffer.from([0, 0])), SYNC])),
        '22021',
      );
      for (const empty of ['', ' \n\t ', ';', '-- nothing', '/* /* nested */ */']) {
        assert.deepEqual((await raw.ask(query(empty))).at(-1), 'Z(I)', empty);
        assert.deepEqual((await raw.ask([run(empty), SYNC])).at(-1), 'Z(I)', empty);
      }
      // Its own error, with its position, from the target.
      assert.deepEqual(await raw.ask(query('SELECT * FORM orders')), [
        'E(42601 syntax error at or near "FORM" @10)',
        'Z(I)',
      ]);
      assert.deepEqual(await raw.ask([parse('', 'SELECT é FORM'), SYNC]), [
        'E(42703 column "é" does not exist @8)',
        'Z(I)',
      ]);
      assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
      raw.destroy();
    });
    // A NUL ends a text; what stands behind it is no protocol.
    const raw = await open();
    raw.send(message('Q', Buffer.from('SELECT 1\0; DELETE FROM orders\0')));
    assert.match(await raw.next(), /^E\((08P01|22021)/);
    raw.destroy();
  });

  test(`promise 3: sudo that is hidden, sent by a program or in a transaction elevates nobody, over ${way}`, async () => {
    const raw = await open();
    for (const text of [
      "SELECT sudo('x'), 1",
      "SELECT 1; SELECT sudo('x')",
      "WITH a AS (SELECT sudo('x')) SELECT * FROM a",
      "SELECT (SELECT sudo('x'))",
      "SELECT * FROM orders WHERE id = sudo('x')",
      "VALUES (sudo('x'))",
      "EXPLAIN SELECT sudo('x')",
      "PREPARE p AS SELECT sudo('x')",
      "COPY (SELECT sudo('x')) TO STDOUT",
    ]) {
      assert.match(sqlstate(await raw.ask(query(text))) ?? '', /^(25001|42501|42883)$/, text);
      assert.match(sqlstate(await raw.ask([run(text), SYNC])) ?? '', /^(25001|42501|42883|42601)$/, text);
    }
    await raw.ask(query('BEGIN'));
    await raw.ask(query('SELECT 1'));
    assert.equal(sqlstate(await raw.ask(query("SELECT sudo('x')"))), '25001');
    await raw.ask(query('ROLLBACK'));
    assert.ok(refusedInRead(await raw.ask(query('DELETE FROM orders'))));
    raw.destroy();
    for (const user of ['app', 'robot']) {
      const program = await open(user);
      assert.equal(sqlstate(await program.ask(query("SELECT sudo('please')"))), '42501', user);
      assert.ok(refusedInRead(await program.ask([run('DELETE FROM orders'), SYNC])), user);
      program.destroy();
    }
  });
}

test('a reason that is empty, too long or could deceive, and a time that is none, elevate nobody', async () => {
  const onLedger = (text: string) => whole.onLedger(text);
  const bad: [string, string | null, string?][] = [
    ['', null],
    ['  ', null],
    ['x'.repeat(10_240), null],
    ['a\u0007bell', null],
    ['colour \u001b[31m', null],
    ['mail\r\nBcc: everyone@example.com', null],
    ['\u202egnirts', null],
    ['fine', '-1', 'bad_duration'],
    ['fine', '1000 days', 'too_long'],
    ['fine', 'soon', 'bad_duration'],
    ['fine', '', 'bad_duration'],
    ['fine', '1e9', 'bad_duration'],
  ];
  await assertLedger(
    onLedger,
    bad.map(([, , code = 'bad_reason']) => `sudo refused ${code}`),
    async () => {
      const client = await whole.connect();
      for (const [reason, duration] of bad) {
        const values = duration === null ? [reason] : [reason, duration];
        const text = duration === null ? 'SELECT sudo($1)' : 'SELECT sudo($1, $2)';
        const error = await refusal(client.query({ text, values }));
        assert.deepEqual(
          [error.code, error.routine],
          ['22023', 'sudo_bad_argument'],
          `${reason.slice(0, 20)} ${duration}`,
        );
        assert.ok(error.message.length < 300, 'what was sent is not thrown back whole');
      }
      await client.end();
    },
  );
  const kept = (await whole.entries('elevation_refused')).map(({ reason }) => String(reason));
  assert.ok(kept.every((reason) => reason.length <= 500 && !/[\p{Cc}\u202e]/u.test(reason)));
});

test('a reason that is HTML, and looks like a header, is mailed as the text that it is', async () => {
  const reason = 'Bcc: <b>everyone</b><script>alert(1)</script> "&amp;" =?utf-8?q?x?= 注文';
  const client = await whole.connect();
  await client.query({ text: 'SELECT sudo($1)', values: [reason] });
  const mail = await until('the mail arrives', async () =>
    whole.mailbox.mails.find(({ text }) => text.includes('alert(1)')),
  );
  assert.ok(mail.subject.includes('注文'), mail.subject);
  assert.deepEqual(mail.to, ['db-team@example.com']);
  assert.equal(mail.headers.bcc, undefined);
  assert.doesNotMatch(mail.html ?? '', /<script|<b>everyone/);
  assert.match(mail.html ?? '', /&lt;script&gt;/);
  const hook = await until('the webhook arrives', async () =>
    whole.receiver.webhooks.find(({ body }) => body.includes('alert(1)')),
  );
  assert.ok(hook.verified && JSON.stringify(hook.payload).includes('注文'));
  await client.end();
});

test('two elevations at once: of one session the second extends, two sessions have each their own', async () => {
  const onLedger = (text: string) => whole.onLedger(text);
  await assertLedger(onLedger, ['sudo one', 'sudo again two', 'end disconnected'], async () => {
    const raw = await Raw.open(login());
    await raw.ask([query("SELECT sudo('one', '5 min')"), query("SELECT sudo('two', '6 min')")], 2);
    raw.destroy();
  });
  const clients = await Promise.all([whole.connect(), whole.connect(), whole.connect('ben')]);
  await Promise.all(clients.map((client) => client.query("SELECT sudo('all at once')")));
  const pids = await Promise.all(clients.map((client) => client.query('SELECT pg_backend_pid() AS pid')));
  assert.equal(new Set(pids.map(({ rows }) => rows[0].pid)).size, 3);
  const [first, ...others] = clients;
  await first?.end();
  for (const client of others) {
    assert.equal((await client.query('UPDATE orders SET status = status WHERE id = 1')).rowCount, 1);
    await client.end();
  }
});

for (const [way, open] of ways) {
  test(`promise 5: a client vanishes in mid-query, over ${way}: the statement ends, its writer too, and both are recorded`, async () => {
    const onLedger = (text: string) => whole.onLedger(text);
    // What the target answers to the cancel is what became of it; where no answer comes in time, nobody knows.
    const ended = /^(error 57014|unknown -)$/;
    const expected = ['sudo vanishing', 'write UpdateStmt', ended, 'end disconnected'];
    await assertLedger(onLedger, expected, async () => {
      const raw = await open();
      await raw.ask(query("SELECT sudo('vanishing')"));
      raw.send(query("UPDATE orders SET status = 'vanished' FROM pg_sleep(60) WHERE id = 9"));
      const writers = (more: string) =>
        whole.onTarget(`SELECT pid FROM pg_stat_activity WHERE usename = 'shop_writer' ${more}`);
      await until('it runs', async () => (await writers("AND query LIKE '%vanished%'")).length === 1);
      raw.destroy();
      await within(1_000, 'the writer is gone', async () => (await writers('')).length === 0);
    });
    assert.deepEqual(await whole.onTarget("SELECT id FROM orders WHERE status = 'vanished'"), []);
  });
}

test('first bytes that do not come in time are not waited for, on either port', async () => {
  for (const { what, answer, ms } of await Promise.all(slow)) {
    assert.ok(ms < PATIENCE_MS, `${what}: ${Math.round(ms)} ms`);
    if (what.startsWith('http') && !what.includes('nothing')) assert.match(answer, /^HTTP\/1\.1 408 /, what);
  }
  assert.equal((await fetch(`${whole.http}/livez`)).status, 200);
  const client = await whole.connect();
  assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1);
  await client.end();
});

test('promise 10: traces say what was done, and hold no literal, bind value, reason, server’s message or link’s key', async () => {
  const secret = (what: string) => `${what}-6c1e8`;
  const client = await whole.connect();
  await client.query({ text: 'SELECT sudo($1)', values: [secret('reason')] });
  const link = await until('the mail with its link is there', async () => {
    const mail = whole.mailbox.mails.find(({ text }) => text.includes(secret('reason')));
    return /http:\S+\/stop\/\S+/.exec(mail?.text ?? '')?.[0] ?? null;
  });
  await client.query(`UPDATE orders SET status = '${secret('literal')}' WHERE id = 41`);
  await client.query({ text: 'UPDATE orders SET status = $1 WHERE id = 42', values: [secret('value')] });
  await client.query(`SET application_name = '${secret('application')}'`);
  for (const [text, code] of [
    [`SELECT '${secret('cast')}'::int FROM orders`, '22P02'],
    [`SELECT * FROM orders WHERE status = '${secret('syntax')}' AND`, '42601'],
    [`DELETE FROM orders /* ${secret('comment')} */`, '42501'],
  ] as const)
    assert.equal((await refusal(client.query(text))).code, code);
  assert.equal((await fetch(link)).status, 200);
  await client.query('SELECT unsudo()');
  await client.end();

  interface Told {
    traceId: string;
    spanId: string;
    parentSpanId?: string;
    name: string;
    attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
    links?: { traceId: string; spanId: string }[];
  }
  const told = () =>
    traced
      .split('\n')
      .filter(Boolean)
      .flatMap((body) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans as Told[]);
  const [elevation = ''] = /elv_[\w-]+/.exec(link) ?? [];
  const of = elevation.replace('elv_', '').replaceAll('-', '');
  const root = { traceId: of, spanId: of.slice(16) };
  const begun = await until('the elevation is over, and all of its spans have come', async () => {
    const spans = told().filter(({ traceId }) => traceId === of);
    const names = new Set(spans.map(({ name }) => name));
    return ['elevation shop', 'begin write mode', 'notice team-mail', 'notice team-chat'].every((each) =>
      names.has(each),
    )
      ? spans
      : null;
  });
  assert.ok(begun.every(({ spanId, parentSpanId }) => (spanId === root.spanId) === (parentSpanId === undefined)));

  const values = ({ attributes }: Told) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key.replace('sudoql.', ''), Object.values(value)[0]]));
  const inIt = told().filter((each) => values(each).elevation === elevation && each.traceId !== of);
  const said = inIt.map((each) => [each.name, values(each).decision, values(each).result ?? values(each).code]);
  assert.deepEqual(said, [
    ['UpdateStmt shop', 'allow', 'ok'],
    ['UpdateStmt shop', 'allow', 'ok'],
    ['VariableSetStmt shop', 'allow', 'ok'],
    ['SelectStmt shop', 'allow', 'error'],
    ['DeleteStmt shop', 'deny', 'refused_by_policy'],
  ]);
  for (const { links } of inIt.slice(0, 4)) assert.deepEqual(links, [root]);
  const [update] = inIt;
  const parts = told().filter(({ parentSpanId }) => parentSpanId === update?.spanId);
  assert.deepEqual(parts.map(({ name }) => name).sort(), ['decide', 'record', 'run']);
  const run = parts.find(({ name }) => name === 'run');
  assert.equal(run && values(run)['db.response.returned_rows'], '1');
  assert.ok(told().some(({ name }) => name === 'GET /stop/:elevation'));

  for (const what of ['reason', 'literal', 'value', 'application', 'cast', 'syntax', 'comment'])
    assert.ok(!traced.includes(secret(what)), what);
  const key = new URL(link).searchParams.get('k') ?? link.split('/').at(-1) ?? '';
  for (const each of [key, ...Object.values(whole.tokens), ...Object.values(whole.files.env)])
    assert.ok(each.length > 3 && !traced.includes(each), each);
  const { dropped } = Object.groupBy(
    (await (await fetch(`${whole.http}/metrics`)).text())
      .split('\n')
      .filter((line) => /^sudoql_trace_spans_total/.test(line)),
    (line) => /result="(\w+)"/.exec(line)?.[1] ?? '',
  );
  assert.match(dropped?.[0] ?? '', / 0$/);
});

test('promise 6: after all this, every intent has its outcome, and every elevation and session its end', async () => {
  await assertSettled((text) => whole.onLedger(text));
});
