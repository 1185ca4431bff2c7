// A statement that races the end of its elevation gets its answer and its ReadyForQuery, whatever the end, the protocol and the
// millisecond: sessions send one by one around the moment, and afterwards each is asked something, message for message.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { copyData, COPY_DONE } from '../../services/gateway/wire/frames.ts';
import { amount } from '../helpers/sample.ts';
import { bindText, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

/** Sessions, a millisecond apart. */
const SESSIONS = amount(6, 12);
/** Many times what any answer takes on a loaded machine. */
const PATIENCE_MS = 60_000;

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    limits: { sessionsPerPrincipal: 100, statementsPerPrincipal: 100 },
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n;
      CREATE TABLE heap (id int)`,
  });
});
after(() => stage?.remove());

const data = copyData(Buffer.from('1\n2\n'));

interface Racing {
  /** In write, before the race. */
  first?: Buffer[];
  /** Of the `n`th session; and how many ReadyForQuery answer it. */
  send(n: number): Buffer[];
  ready: number;
}

const PROTOCOLS: Record<string, Racing> = {
  simple: { send: (n) => [query(`UPDATE items SET name = 'x' WHERE id = ${n + 1}`)], ready: 1 },
  'simple, in a transaction': {
    first: [query('BEGIN'), query('INSERT INTO heap VALUES (1)')],
    send: () => [query('INSERT INTO heap VALUES (2)')],
    ready: 1,
  },
  'simple, COMMIT': {
    first: [query('BEGIN'), query('INSERT INTO heap VALUES (1)')],
    send: () => [query('COMMIT')],
    ready: 1,
  },
  'EXECUTE of what is prepared on the other backend': {
    send: () => [query('EXECUTE other(1)')],
    ready: 1,
  },
  extended: { send: (n) => [run('UPDATE items SET name = $1 WHERE id = $2', ['x', String(n + 1)]), SYNC], ready: 1 },
  'COPY by Query': { send: () => [query('COPY heap FROM STDIN'), data, COPY_DONE], ready: 1 },
  'COPY by extended protocol': {
    send: () => [parse('', 'COPY heap FROM STDIN'), bindText('', ''), execute(''), data, COPY_DONE, SYNC],
    ready: 1,
  },
  pipeline: {
    send: (n) => [
      run(`UPDATE items SET name = 'x' WHERE id = ${n + 1}`),
      SYNC,
      run('INSERT INTO heap VALUES (3)'),
      run('SELECT 1'),
      SYNC,
      query('SELECT 2'),
    ],
    ready: 3,
  },
};

/** What is heard up to the last ReadyForQuery, or to the end of the connection. */
async function heard(raw: Raw, ready: number, what: string): Promise<string[]> {
  const words: string[] = [];
  const late = new AbortController();
  const all = (async () => {
    for (let left = ready; left > 0; ) {
      const word = await raw.next();
      words.push(word);
      if (word.startsWith('Z')) left--;
    }
  })().catch((error: unknown) => {
    assert.match(String(error), /The server closed/);
    words.push('closed');
  });
  await Promise.race([
    all,
    setTimeout(PATIENCE_MS, undefined, { signal: late.signal }).then(
      () => assert.fail(`${what}: no answer; heard: ${words}`),
      () => {},
    ),
  ]);
  late.abort();
  return words;
}

/** Answered, and the session goes on as if nothing had been: nothing is left over, nothing is missing. */
async function sound(raw: Raw, words: string[], ready: number, what: string): Promise<void> {
  if (words.at(-1) === 'closed') {
    assert.match(words.at(-2) ?? '', /^E\(/, `${what}: ended without a word: ${words}`);
    return;
  }
  assert.equal(words.filter((word) => word.startsWith('Z')).length, ready, what);
  assert.ok(
    words.some((word) => /^[CE]\(/.test(word)),
    `${what}: ${words}`,
  );
  // What follows is not to race as well.
  if (!(await backInRead(raw))) return;
  raw.send(query('ROLLBACK'), run('SELECT 7'), SYNC, query('SELECT 8'));
  const then = await heard(raw, 3, `${what}, afterwards (${words})`);
  if (then.at(-1) === 'closed') {
    assert.match(then.at(-2) ?? '', /^E\(57P01|^E\(08006/, `${what}: ended without a word: ${words} / ${then}`);
    return;
  }
  // With no ledger nothing runs, not even a ROLLBACK, and each is told so.
  if (!stage.ledger.acceptsReads || ['58000', '25P02'].includes(sqlstate(words) ?? '')) return;
  assert.equal(then.at(-1), 'Z(I)', `${what}: ${words} / ${then}`);
  const expected = /(C\(ROLLBACK\)),Z\(I\),1,2,D\(7\),C\(SELECT 1\),Z\(I\),T\([^)]*\),D\(8\),C\(SELECT 1\),Z\(I\)$/;
  assert.match(then.join(), expected, `${what}: ${words} / ${then}`);
}

/** Into write, and what comes before the race; the deadline. */
async function elevated(raw: Raw, duration: string, { first = [] }: Racing): Promise<number> {
  const words = await raw.ask(query(`SELECT sudo('race', '${duration}')`));
  assert.equal(sqlstate(words), undefined, words.join());
  for (const each of first) await raw.ask(each);
  return Date.parse(/until (\S+?)\)/.exec(words.join())?.[1] ?? '');
}

/** As `elevated`, for a second, or for as long as this machine needs to be in write before the deadline. */
async function elevatedInTime(raw: Raw, racing: Racing): Promise<number> {
  for (let seconds = 1; ; seconds *= 2) {
    const start = performance.now();
    try {
      const deadline = await elevated(raw, `${seconds} s`, racing);
      if (Date.now() < deadline) return deadline;
    } catch (error) {
      if (performance.now() - start < seconds * 1_000) throw error;
    }
    // What it began may be left as a failed transaction.
    if (await backInRead(raw)) await raw.ask(query('ROLLBACK'));
  }
}

/** Sends at that time, and sees the session sound. */
async function play(name: string, racing: Racing, n: number, raw: Raw, when: number): Promise<void> {
  await setTimeout(Math.max(0, when - Date.now()));
  const what = `${name}, session ${n}`;
  raw.send(...racing.send(n));
  await sound(raw, await heard(raw, racing.ready, what), racing.ready, what);
}

const sessions: Raw[] = [];

/** False when it was ended. */
async function backInRead(raw: Raw): Promise<boolean> {
  for (;;) {
    raw.send(query('SHOW sudoql.mode'));
    const words = await heard(raw, 1, 'its mode');
    if (words.at(-1) === 'closed') return false;
    if (words.includes('D(read)')) return true;
    // Or it takes the error that its transaction is owed.
    assert.ok(words.includes('D(write)') || sqlstate(words) === '25P02', words.join());
  }
}

/** As many as race, those anew that were ended. */
async function opened(): Promise<Raw[]> {
  for (let n = 0; n < SESSIONS; n++) {
    const raw = sessions[n];
    if (raw && (await backInRead(raw))) continue;
    const fresh = await Raw.open(stage.through());
    await fresh.ask(query('PREPARE other (int) AS SELECT $1 + 1'));
    sessions[n] = fresh;
  }
  return sessions;
}

for (const [name, racing] of Object.entries(PROTOCOLS)) {
  test(`promise 5: what is sent around a deadline is answered: ${name}`, async () => {
    const raws = await opened();
    await Promise.all(
      raws.map(async (raw, n) => {
        const deadline = await elevatedInTime(raw, racing);
        await play(name, racing, n, raw, deadline + n - SESSIONS / 2);
      }),
    );
  });

  test(`promise 5: what is sent around a revocation is answered: ${name}`, async () => {
    await around(name, racing, () => stage.revoke());
  });
}

/** All in write; then `end`, while they send one after another. */
async function around(name: string, racing: Racing, end: () => Promise<unknown>, everyMs = 2): Promise<void> {
  const raws = await opened();
  await Promise.all(raws.map((raw) => elevated(raw, '10 min', racing)));
  const start = Date.now() + 20;
  const ending = setTimeout(20).then(end);
  await Promise.all(raws.map((raw, n) => play(name, racing, n, raw, start + everyMs * n)));
  await ending;
}

const KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'";

for (const name of ['simple', 'simple, in a transaction', 'COPY by Query', 'pipeline']) {
  test(`promise 5: what is sent around the loss of the writer is answered: ${name}`, async () => {
    await around(name, PROTOCOLS[name] as Racing, () => stage.rows(KILL));
  });
}

for (const name of ['simple, in a transaction', 'COPY by extended protocol', 'pipeline']) {
  test(`promise 5: what is sent while the ledger is out of reach is answered: ${name}`, async () => {
    try {
      // The lease is three seconds.
      await around(name, PROTOCOLS[name] as Racing, () => ledgerAnswers(false), 300);
    } finally {
      await ledgerAnswers(true);
      await works();
      stage.faults.length = 0;
      for (const raw of sessions.splice(0)) raw.destroy();
    }
  });
}

async function ledgerAnswers(answers: boolean): Promise<void> {
  await stage.cluster.sql(`ALTER DATABASE ledger ALLOW_CONNECTIONS ${answers}`);
  if (!answers) {
    await stage.cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ledger'");
  }
}

/** Until sudo works again. */
async function works(): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const raw = await Raw.open(stage.through()).catch(() => null);
    const words = await raw?.ask(query("SELECT sudo('is it back?')")).catch(() => null);
    raw?.destroy();
    if (words && sqlstate(words) === undefined) return;
    assert.ok(performance.now() < until, 'The ledger does not come back.');
  }
}

test('promise 5: what is sent around a shutdown is answered', async () => {
  const raws = await opened();
  const names = Object.keys(PROTOCOLS);
  const racing = (n: number) => PROTOCOLS[names[n % names.length] ?? ''] as Racing;
  await Promise.all(raws.map((raw, n) => elevated(raw, '10 min', racing(n))));
  const start = Date.now() + 20;
  const ending = setTimeout(20).then(() => stage.sessions.shutdown(100));
  await Promise.all(raws.map((raw, n) => play(names[n % names.length] ?? '', racing(n), n, raw, start + 2 * n - 8)));
  await ending;
});
