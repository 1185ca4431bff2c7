// Layer H alone: a gateway with no analysis and a superuser as reader, whose limits come from configuration, or from what
// policy obliges to. Each way that PostgreSQL has to give a result in parts is a way round a cap that counts each part anew.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { until } from '../helpers/until.ts';
import { WebSocketStream } from '../../services/contract/websocket-stream.ts';
import { close, copyData, COPY_DONE, execute, FLUSH, int32, message } from '../../services/gateway/wire/frames.ts';
import type { SessionLimits } from '../../services/gateway/session/deps.ts';
import { makeWebSocketHandler, WEBSOCKET_OPTIONS } from '../../services/gateway/wire/websocket.ts';
import type { Obligations } from '../../services/policy/decision.ts';
import { type Gateway, makeGateway } from '../helpers/gateway.ts';
import type { Cluster } from '../helpers/postgres.ts';
import { bindText, parse, query, Raw, run, sqlstate, SYNC } from '../wire/raw-client.ts';
import { openPolicy } from '../wire/stage.ts';
import { onlyLayer } from './partial-analysis.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

const DATABASE = 'limited';
let cluster: Cluster;
const gateways: Gateway[] = [];

before(async () => {
  cluster = await startLedgerPostgres();
  await cluster.createDatabase(DATABASE);
  await cluster.sql(
    `CREATE TABLE items AS SELECT n, repeat('x', 6000) AS wide FROM generate_series(1, 100) n;
     CREATE TABLE copied (line text);
     CREATE FUNCTION opened() RETURNS refcursor LANGUAGE plpgsql AS
       $$ DECLARE c refcursor := 'of_function'; BEGIN OPEN c FOR SELECT n FROM items; RETURN c; END $$;
     CREATE FUNCTION slow_to_plan() RETURNS int LANGUAGE plpgsql IMMUTABLE AS
       $$ BEGIN PERFORM pg_sleep(20); RETURN 1; END $$`,
    DATABASE,
  );
});
// One that is left open goes on asking both databases.
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
});
after(() => cluster?.remove());

async function open(limits: Partial<SessionLimits>, obliged: (text: string) => Obligations = () => ({})) {
  const url = new URL(cluster.url(DATABASE));
  const login = {
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: decodeURIComponent(url.password),
    database: DATABASE,
  };
  const gateway = await makeGateway({
    ledger: cluster,
    name: DATABASE,
    reader: login,
    writer: login,
    control: login,
    policy: openPolicy(({ statement }) => obliged(statement.normalized)),
    limits,
    analyser: (real, catalogues) => onlyLayer('none', real, catalogues),
  });
  gateways.push(gateway);
  return gateway;
}

const rows = (words: string[]) => words.filter((word) => /^[Dd](\(|$)/.test(word)).length;
/** Execute of a portal, `most` rows of it. */
const piece = (portal: string, most: number) => message('E', portal, int32(most));
/** Each is asked for by itself, as long as there is no error. */
async function inTurn(raw: Raw, messages: (Buffer | Buffer[])[]): Promise<string[]> {
  const words: string[] = [];
  for (const each of messages) {
    words.push(...(await raw.ask(each)));
    if (sqlstate(words) !== undefined) break;
  }
  return words;
}
const times = <T>(count: number, each: T): T[] => Array.from({ length: count }, () => each);

/** How a result of `n` rows can be had. Each asks for all of `from` as `select` names it. */
const FORMS: Record<string, (raw: Raw, select: string, n: number) => Promise<string[]>> = {
  'a Query': (raw, select) => raw.ask(query(select)),
  'the extended protocol': (raw, select) => raw.ask([run(select), SYNC]),
  'a prepared statement in SQL': (raw, select) => inTurn(raw, [query(`PREPARE p AS ${select}`), query('EXECUTE p')]),
  'the last statement of a text': (raw, select) => raw.ask(query(`SELECT 1; ${select}`)),
  'COPY TO STDOUT': (raw, select) => raw.ask(query(`COPY (${select}) TO STDOUT`)),
  'COPY TO STDOUT in the extended protocol': (raw, select) => raw.ask([run(`COPY (${select}) TO STDOUT`), SYNC]),
  'a cursor, in pieces': (raw, select, n) =>
    inTurn(raw, [query('BEGIN'), query(`DECLARE c CURSOR FOR ${select}`), ...times(n, query('FETCH 1 FROM c'))]),
  'a cursor, in pieces by the extended protocol': (raw, select, n) =>
    inTurn(raw, [query('BEGIN'), query(`DECLARE c CURSOR FOR ${select}`), ...times(n, [run('FETCH 1 FROM c'), SYNC])]),
  'a cursor, in pieces of one text': (raw, select, n) =>
    raw.ask(query(`BEGIN; DECLARE c CURSOR FOR ${select}; ${times(n, 'FETCH 1 FROM c;').join(' ')}`)),
  'a cursor, in pieces of one batch': (raw, select, n) =>
    raw.ask([run('BEGIN'), run(`DECLARE c CURSOR FOR ${select}`), ...times(n, run('FETCH 1 FROM c')), SYNC]),
  'a cursor that is held': (raw, select, n) =>
    inTurn(raw, [query(`DECLARE h CURSOR WITH HOLD FOR ${select}`), ...times(n, query('FETCH 1 FROM h'))]),
  'a portal, in pieces of one batch': (raw, select, n) =>
    raw.ask([parse('', select), bindText('p', ''), ...times(n, piece('p', 1)), SYNC]),
  'a portal, in pieces of many batches': (raw, select, n) =>
    inTurn(raw, [
      query('BEGIN'),
      [parse('', select), bindText('p', ''), piece('p', 1), SYNC],
      ...times(n - 1, [piece('p', 1), SYNC]),
    ]),
  'a portal that is fetched from': (raw, select, n) =>
    inTurn(raw, [
      query('BEGIN'),
      [parse('', select), bindText('p', ''), piece('p', 1), SYNC],
      ...times(n - 1, query('FETCH 1 FROM p')),
    ]),
};

async function settled(raw: Raw): Promise<void> {
  await raw.ask(query('ROLLBACK'));
  await raw.ask(query('DEALLOCATE ALL'));
  await raw.ask(query('CLOSE ALL'));
  assert.equal(sqlstate(await raw.ask(query('SELECT 1'))), undefined, 'the session goes on');
}

const SOURCES: Record<string, (limits: { rows?: number; bytes?: number; ms?: number }) => Promise<Gateway>> = {
  "the gateway's": ({ rows: most, bytes, ms }) =>
    open({
      ...(most !== undefined && { rows: most }),
      ...(bytes !== undefined && { bytes }),
      ...(ms !== undefined && { statementTimeout: ms }),
    }),
  "policy's": ({ rows: most, bytes, ms }) =>
    open({}, (text) =>
      /^(begin|rollback|deallocate|close|copy copied)/i.test(text)
        ? {}
        : {
            ...(most !== undefined && { max_rows: most }),
            ...(bytes !== undefined && { max_bytes: bytes }),
            ...(ms !== undefined && /sleep|slow/.test(text) && { timeout_ms: ms }),
          },
    ),
};

for (const [whose, through] of Object.entries(SOURCES)) {
  describe(`H, ${whose} limits alone`, () => {
    let gateway: Gateway;
    let raw: Raw;
    const limited = async (limits: Parameters<typeof through>[0]) => {
      gateway = await through(limits);
      raw = await Raw.open(gateway.through({ user: 'ben' }));
    };
    const close = () => {
      raw.destroy();
      assert.deepEqual(gateway.faults, []);
    };

    test('rows: what fits comes, and then an error that names the limit, whatever way they are asked for', async (context) => {
      await limited({ rows: 10 });
      context.after(close);
      for (const [form, ask] of Object.entries(FORMS)) {
        const words = await ask(raw, 'SELECT n FROM items', 12);
        assert.equal(sqlstate(words), '54000', form);
        const error = words.find((word) => word.startsWith('E(')) ?? '';
        assert.ok(error.includes(`the result is larger than ${whose} limit of 10 rows; you have what fits`), error);
        // A text's first statement has a result of its own.
        assert.equal(rows(words), form.startsWith('the last') ? 11 : 10, form);
        await settled(raw);
        const honest = await ask(raw, 'SELECT n FROM items ORDER BY n LIMIT 10', 10);
        assert.equal(sqlstate(honest), undefined, `${form}: exactly what fits`);
        await settled(raw);
      }
    });

    test('rows: the header line and the trailer of a COPY are no rows, whatever way they are asked for', async (context) => {
      await limited({ rows: 10 });
      context.after(close);
      /** How many messages of its data are no rows. */
      const options: Record<string, number> = {
        'CSV HEADER': 1,
        '(FORMAT csv, HEADER)': 1,
        '(HEADER 1)': 1,
        '(FORMAT text, HEADER on)': 1,
        '(FORMAT csv, HEADER 0)': 0,
        '(FORMAT csv, HEADER false)': 0,
        BINARY: 1,
        '(FORMAT binary)': 1,
      };
      for (const [option, more] of Object.entries(options)) {
        const copy = (limit: string) => query(`COPY (SELECT n FROM items LIMIT ${limit}) TO STDOUT ${option}`);
        for (const fits of [0, 9, 10]) {
          const words = await raw.ask(copy(String(fits)));
          assert.deepEqual([sqlstate(words), rows(words)], [undefined, fits + more], `${option} ${fits}`);
        }
        for (const tooMany of ['11', '12', 'ALL']) {
          const words = await raw.ask(copy(tooMany));
          // In binary the header comes with the first row, and nobody is told of an end.
          const shown = /binary/i.test(option) ? 10 : 10 + more;
          assert.deepEqual([sqlstate(words), rows(words)], ['54000', shown], `${option} ${tooMany}`);
        }
        await settled(raw);
      }
      // Rows of no columns are as long as the trailer.
      const bare = (limit: number) => query(`COPY (SELECT FROM items LIMIT ${limit}) TO STDOUT (FORMAT binary)`);
      assert.equal(sqlstate(await raw.ask(bare(10))), undefined);
      assert.equal(sqlstate(await raw.ask(bare(11))), '54000');
      await settled(raw);
    });

    test('rows: a cursor that a function opened, or that is read again from its start, has one cap as well', async (context) => {
      await limited({ rows: 10 });
      context.after(close);
      const ofFunction = await inTurn(raw, [
        query('BEGIN'),
        query('SELECT opened()'),
        ...times(3, query('FETCH 4 FROM of_function')),
      ]);
      assert.deepEqual([sqlstate(ofFunction), rows(ofFunction)], ['54000', 11]);
      await settled(raw);
      const again = await inTurn(raw, [
        query('BEGIN'),
        query('DECLARE s SCROLL CURSOR FOR SELECT n FROM items'),
        query('FETCH 8 FROM s'),
        query('MOVE ABSOLUTE 0 IN s'),
        query('FETCH 8 FROM s'),
      ]);
      assert.deepEqual([sqlstate(again), rows(again)], ['54000', 10]);
      await settled(raw);
      // A Bind that fails, for its portal is there already, does not forget what that has given.
      const point = [query('BEGIN'), [parse('p', 'SELECT n FROM items'), bindText('p', 'p'), piece('p', 8), SYNC]];
      await inTurn(raw, [...point, query('SAVEPOINT s'), [bindText('p', 'p'), SYNC]]);
      const behind = await inTurn(raw, [query('ROLLBACK TO s'), [piece('p', 8), SYNC]]);
      assert.deepEqual([sqlstate(behind), rows(behind)], ['54000', 2]);
      await settled(raw);
      // One that is closed and declared again is another statement.
      const anew = ['DECLARE a CURSOR FOR SELECT n FROM items', 'FETCH 8 FROM a', 'CLOSE a'].map((text) => query(text));
      assert.equal(sqlstate(await inTurn(raw, [query('BEGIN'), ...anew, ...anew])), undefined);
      await settled(raw);
    });

    test('bytes: likewise, and what the server says in notices counts', async (context) => {
      await limited({ bytes: 20_000 });
      context.after(close);
      for (const [form, ask] of Object.entries(FORMS)) {
        const words = await ask(raw, 'SELECT wide FROM items', 4);
        const error = words.find((word) => word.startsWith('E(')) ?? '';
        assert.ok(error.includes(`54000 the result is larger than ${whose} limit of 20000 bytes`), `${form} ${error}`);
        assert.equal(rows(words), form.startsWith('the last') ? 4 : 3, form);
        await settled(raw);
      }
      const loud = "DO $$ BEGIN FOR n IN 1..100 LOOP RAISE NOTICE '%', repeat('x', 6000); END LOOP; END $$";
      assert.equal(sqlstate(await raw.ask(query(loud))), '54000');
      assert.equal(raw.asides.filter((word) => word.includes('xxx')).length, 3);
      await settled(raw);
    });

    test('time: what runs too long is cancelled, and told whose limit it was', async (context) => {
      await limited({ ms: 300 });
      context.after(close);
      const texts: Record<string, Buffer[]> = {
        'a Query': [query('SELECT pg_sleep(20)')],
        'the extended protocol': [run('SELECT pg_sleep(20)'), SYNC],
        'behind another in its batch': [run('SELECT 1'), run('SELECT pg_sleep(20)'), SYNC],
        'the last of a text': [query('SELECT 1; SELECT pg_sleep(20)')],
        'from a cursor': [query('BEGIN; DECLARE c CURSOR FOR SELECT pg_sleep(20); FETCH c')],
        'while it is planned': [parse('', 'SELECT slow_to_plan()'), bindText('', ''), execute(''), SYNC],
      };
      for (const [form, messages] of Object.entries(texts)) {
        const words = await raw.ask(messages);
        const error = words.find((word) => word.startsWith('E(')) ?? '';
        assert.ok(
          error.startsWith(`E(57014 cancelled: the statement ran longer than ${whose} limit of 300 ms`),
          `${form} ${words}`,
        );
        await settled(raw);
      }
    });
  });
}

test('H: a clock that rang in an open batch, when nothing ran, is set again for what comes next', async (context) => {
  const gateway = await open({}, (text) => (text.includes('sleep') ? { timeout_ms: 200 } : {}));
  const raw = await Raw.open(gateway.through({ user: 'ben' }));
  context.after(() => raw.destroy());
  raw.send(run('SELECT pg_sleep(0)'), FLUSH);
  while (!(await raw.next()).startsWith('C('));
  await cluster.sql('SELECT pg_sleep(0.4)');
  // The answer to Close is still to come when the clock would be set.
  const words = await raw.ask([close('P', 'nothing'), run('SELECT pg_sleep(3)'), SYNC]);
  assert.equal(sqlstate(words), '57014', String(words));
});

/** On a loaded machine a first elevation may meet the ledger's deadline: then it is tried again. */
const elevated = (gateway: Gateway) =>
  until('write mode has begun', () =>
    Raw.open(gateway.through({ user: 'deploy' }), { options: '-c sudoql.reason=limits' }).catch(() => null),
  );

test('H: what stands behind the data of a COPY in its text is on the clock again, and waiting for the data is not', async () => {
  const gateway = await open({ statementTimeout: 300 });
  const raw = await elevated(gateway);
  raw.send(query('COPY copied FROM STDIN; SELECT pg_sleep(20)'));
  assert.equal(await raw.next(), 'G');
  const late = performance.now() + 400;
  while (performance.now() < late) await raw.client.send(copyData(Buffer.from('a\n')));
  const words = await raw.ask(COPY_DONE);
  assert.ok(
    words.some((word) => word.startsWith("E(57014 cancelled: the statement ran longer than the gateway's")),
    String(words),
  );
  raw.destroy();
});

test('H: a principal has so many statements running over all sessions; an open batch holds its turn, and each end gives it back', async () => {
  const gateway = await open({ statementsPerPrincipal: 2 });
  const raws = await Promise.all(times(3, null).map(() => Raw.open(gateway.through({ user: 'ben' }))));
  const [first, second, third] = raws;
  assert.ok(first && second && third);
  const other = await Raw.open(gateway.through({ user: 'ana' }));
  first.send(query('SELECT pg_sleep(20)'));
  second.send(run('SELECT 1'), FLUSH);
  while (!(await second.next()).startsWith('C('));
  const tooMany = async (messages: Buffer | Buffer[]) => {
    const words = await third.ask(messages);
    return words.find((word) => word.startsWith('E(')) ?? '';
  };
  for (const messages of [query('SELECT 1'), [run('SELECT 1'), SYNC], query('COPY items TO STDOUT')])
    assert.match(await tooMany(messages), /^E\(53300 you have 2 statements running already/);
  assert.equal(sqlstate(await other.ask(query('SELECT 1'))), undefined, 'another principal has turns of its own');
  await second.ask(SYNC);
  assert.equal(await tooMany(query('SELECT 1')), '');
  await first.cancel(gateway.port);
  assert.equal(sqlstate(await first.heard()), '57014');
  second.send(run('SELECT 1'), FLUSH);
  while (!(await second.next()).startsWith('C('));
  // A session that is gone has none either.
  first.send(query('SELECT pg_sleep(20)'));
  await until('its turn is taken', async () => (await tooMany(query('SELECT 1'))) !== '');
  first.destroy();
  await until('its turn is given back', async () => (await tooMany(query('SELECT 1'))) === '');
  for (const each of [...raws, other]) each.destroy();
});

test('H: an idle session ends, in a transaction or a batch after its own time, and says which limit it was', async () => {
  const gateway = await open({ idleTimeout: 300, idleInTransactionTimeout: 200 });
  const last = async (...messages: Buffer[]) => {
    const raw = await Raw.open(gateway.through({ user: 'ben' }));
    const since = performance.now();
    raw.send(...messages);
    for (;;) {
      const word = await raw.next();
      if (!word.startsWith('E(')) continue;
      raw.destroy();
      return [word, performance.now() - since] as const;
    }
  };
  const idle = /^E\(57P05 the session was idle for longer than the limit of 300 ms/;
  const inside = /^E\(25P03 the session was idle in a transaction for longer than the limit of 200 ms/;
  for (const [expected, ...messages] of [
    [idle, query('SELECT 1')],
    [idle, parse('', 'SELECT 1'), FLUSH],
    [inside, query('BEGIN')],
    [inside, run('SELECT 1'), FLUSH],
    [inside, query('BEGIN; SELECT 1/1')],
  ] as [RegExp, ...Buffer[]][])
    assert.match((await last(...messages))[0], expected);
  // What runs is not idle, however long.
  const [word, after] = await last(query('SELECT pg_sleep(0.6)'));
  assert.match(word, idle);
  assert.ok(after > 850, String(after));
});

test('H: through a WebSocket the same caps hold', async () => {
  const gateway = await open({ rows: 10 });
  const handle = makeWebSocketHandler({ sessions: gateway.sessions, log: { info: () => {}, error: console.error } });
  const who = await gateway.who('ben');
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...WEBSOCKET_OPTIONS });
  server.on('connection', (socket) => void handle(socket, who, '127.0.0.1'));
  await once(server, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(socket, 'open');
  const raw = await Raw.over(new WebSocketStream(socket), { user: 'ben', database: DATABASE });
  for (const form of ['a Query', 'a cursor, in pieces', 'COPY TO STDOUT']) {
    const words = (await FORMS[form]?.(raw, 'SELECT n FROM items', 12)) ?? [];
    assert.deepEqual([sqlstate(words), rows(words)], ['54000', 10], form);
    await settled(raw);
  }
  raw.destroy();
  for (const each of server.clients) each.terminate();
  server.close();
});

test('H: the error says what to do', async () => {
  const gateway = await open({ rows: 10, bytes: 20_000, statementTimeout: 300, statementsPerPrincipal: 1 });
  const client = await gateway.connect({ user: 'ben' });
  const said = (text: string) =>
    client.query(text).then(
      () => ['no error'],
      ({ routine, hint }) => [routine, hint],
    );
  assert.deepEqual(await said('SELECT n FROM items'), ['limit_exceeded', 'Add a LIMIT, or aggregate.']);
  assert.deepEqual(await said('SELECT wide FROM items'), ['limit_exceeded', 'Select fewer columns or rows.']);
  assert.deepEqual(await said('SELECT pg_sleep(20)'), ['statement_cancelled', 'Narrow it, or run it in parts.']);
});
