// Clients that read and write, each until its connection fails, and then anew; and what each of them heard.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Random } from '../fuzz/random.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import type { Asked, Call, Claim } from './observed.ts';
import type { CrashGateway, CrashStage } from './stage.ts';

/** A call that has no answer for so long hangs, and is given up. */
const HANGS_MS = 70_000;
const USERS = ['ana', 'ben', 'sec'] as const;

export interface Seen {
  calls: Call[];
  elevations: Asked[];
  claims: Map<string, Claim>;
}

export interface Load {
  seen: Seen;
  /** Resolves when every client has left. */
  stop(): Promise<void>;
}

/** What a call came to. `certain`: the target said that it did not happen. */
type Heard<T> = { ok: true; value: T } | { ok: false; certain: boolean };

/** One client on one connection. */
interface Client {
  ask<T>(what: string, answer: Promise<T>): Promise<Heard<T>>;
  pg: pg.Client;
  lost: boolean;
  claim(marks: readonly string[], claim: Claim): void;
  /** An INSERT with a mark that nobody else has. */
  insert(): { mark: string; text: string };
}

/** `seed` is in each mark and reason, so that no two runs share one. */
export function startLoad(
  stage: CrashStage,
  random: Random,
  seed: number,
  clients: { write: number; read: number },
): Load {
  const seen: Seen = { calls: [], elevations: [], claims: new Map() };
  let stopped = false;
  let marks = 0;
  const isOver = () => stopped;

  async function one(number: number, plays: (client: Client, gateway: CrashGateway, turn: string) => Promise<void>) {
    for (let turn = 1; !stopped; turn++) {
      const gateway = random.pick(stage.gateways);
      const user = USERS[number % USERS.length] ?? 'ana';
      const client = new pg.Client({
        connectionString: `postgres://${user}:${stage.whole.tokens[user]}@127.0.0.1:${gateway.wire}/shop`,
      });
      client.on('error', () => {});
      const mine: Client = {
        pg: client,
        lost: false,
        claim: (all, claim) => {
          for (const mark of all) seen.claims.set(mark, claim);
        },
        insert: () => {
          const mark = `m${seed}_${++marks}_`;
          seen.claims.set(mark, 'not_there');
          return { mark, text: insertOf(mark, inForce.get(mine)?.reason ?? '') };
        },
        ask: async (what, answer) => {
          const call: Call = {
            what: `${what} (client ${number} at ${gateway.name})`,
            asked: performance.now(),
            heard: null,
            said: '',
          };
          seen.calls.push(call);
          const heard = await heardOf(answer);
          if (heard === null) {
            mine.lost = true;
            // Nothing more comes of it, and `end` would wait as well.
            (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
            return { ok: false, certain: false };
          }
          call.heard = performance.now();
          call.said = heard.said;
          mine.lost ||= heard.said === 'lost';
          return heard.result;
        },
      };
      const connected = await mine.ask('connect', client.connect());
      if (connected.ok) await plays(mine, gateway, `${seed}-${number}-${turn}`);
      else await sleep(100);
      await Promise.race([client.end().catch(() => undefined), sleep(1_000)]);
      over(mine);
    }
  }

  const writing = Array.from({ length: clients.write }, (_, n) =>
    one(n, (client, gateway, turn) => write({ stage, seen, random, isOver }, client, gateway, turn)),
  );
  const reading = Array.from({ length: clients.read }, (_, n) =>
    one(clients.write + n, async (client) => {
      while (!stopped && !client.lost)
        await client.ask('read', client.pg.query('SELECT count(*) FROM orders WHERE id < 100'));
    }),
  );
  const all = Promise.all([...writing, ...reading]);
  return {
    seen,
    stop: async () => {
      stopped = true;
      await all;
    },
  };
}

const insertOf = (mark: string, reason: string) =>
  `INSERT INTO marked AS ${mark} (mark, reason) VALUES ('${mark}', '${reason}')`;

async function heardOf<T>(answer: Promise<T>): Promise<{ said: string; result: Heard<T> } | null> {
  const late = new AbortController();
  const hangs = sleep(HANGS_MS, null, { signal: late.signal }).catch(() => null);
  const heard = answer.then(
    (value) => ({ said: 'ok', result: { ok: true as const, value } }),
    (error: unknown) => {
      const { code, severity } = error as { code?: string; severity?: string };
      const told = error instanceof pg.DatabaseError && severity === 'ERROR';
      // 40003: the target did not say whether it was committed.
      return { said: told ? String(code) : 'lost', result: { ok: false as const, certain: told && code !== '40003' } };
    },
  );
  const first = await Promise.race([heard, hangs]);
  late.abort();
  return first;
}

/** The elevation that a client is in, if any. */
const inForce = new WeakMap<Client, Asked>();
function over(client: Client): void {
  const asked = inForce.get(client);
  if (asked) asked.over ??= performance.now();
  inForce.delete(client);
}

interface Play {
  stage: CrashStage;
  seen: Seen;
  random: Random;
  isOver(): boolean;
}

/** Into write mode a few times, with something written in each. */
async function write(play: Play, client: Client, gateway: CrashGateway, turn: string): Promise<void> {
  const { random, seen } = play;
  for (let n = 1; n <= 3 && !play.isOver() && !client.lost; n++) {
    // With an end of its own, so that none begins as another does.
    const asked: Asked = { reason: `crash ${turn}-${n}.`, granted: false, over: null };
    seen.elevations.push(asked);
    inForce.set(client, asked);
    const seconds = random.pick(['', '', ", '1 s'", ", '2 s'"]);
    const sudo = await client.ask('sudo', client.pg.query(`SELECT sudo('${asked.reason}'${seconds})`));
    if (!sudo.ok) {
      over(client);
      await sleep(50);
      continue;
    }
    asked.granted = true;
    for (let shapes = 1 + random.below(6); shapes > 0 && !client.lost; shapes--) {
      if (!(await random.pick(SHAPES)(client, random))) break;
    }
    if (client.lost) break;
    await end(play, client, gateway, asked);
  }
}

async function end({ random, stage }: Play, client: Client, gateway: CrashGateway, asked: Asked): Promise<void> {
  switch (random.pick(['unsudo', 'unsudo', 'unsudo', 'revoke', 'leave', 'vanish', 'nothing'])) {
    case 'unsudo': {
      const given = await client.ask('unsudo', client.pg.query('SELECT unsudo()'));
      if (given.ok) over(client);
      return;
    }
    case 'revoke':
      if (await client.ask('revoke', revoke(stage, gateway, asked.reason)).then((said) => said.ok && said.value))
        over(client);
      return;
    case 'leave':
      client.lost = true;
      await client.pg.end().catch(() => undefined);
      return over(client);
    case 'vanish':
      client.lost = true;
      (client.pg as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      return over(client);
    case 'nothing':
  }
}

/** By the security team's token; whether it was stopped. */
async function revoke({ whole: { tokens } }: CrashStage, { http }: CrashGateway, reason: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${tokens.sec}` };
  try {
    const list = await fetch(`${http}/v1/elevations?state=live`, { headers, signal: AbortSignal.timeout(HANGS_MS) });
    const { elevations = [] } = (await list.json()) as { elevations?: { id: string; reason: string }[] };
    const found = elevations.find((each) => each.reason === reason);
    if (!found) return false;
    const signal = AbortSignal.timeout(HANGS_MS);
    return (await fetch(`${http}/v1/elevations/${found.id}/revoke`, { method: 'POST', headers, signal })).ok;
  } catch {
    return false;
  }
}

/** Plays one way of writing; false when its elevation seems to be over. */
type Shape = (client: Client, random: Random) => Promise<boolean>;

const claimOf = (heard: Heard<unknown>): Claim => (heard.ok ? 'there' : heard.certain ? 'not_there' : 'unknown');

const alone: Shape = async (client) => {
  const { mark, text } = client.insert();
  client.claim([mark], 'unknown');
  const heard = await client.ask('insert', client.pg.query(text));
  client.claim([mark], claimOf(heard));
  return heard.ok;
};

const slow: Shape = async (client, random) => {
  const { mark, text } = client.insert();
  client.claim([mark], 'unknown');
  const slowly = text.replace(/VALUES \((.*)\)$/, `SELECT $1 FROM pg_sleep(${random.below(8) / 10})`);
  const heard = await client.ask('insert slowly', client.pg.query(slowly));
  client.claim([mark], claimOf(heard));
  return heard.ok;
};

/** One implicit transaction. */
const several: Shape = async (client, random) => {
  const all = Array.from({ length: 1 + random.below(5) }, () => client.insert());
  const marks = all.map(({ mark }) => mark);
  const texts = all.map(({ text }) => text);
  client.claim(marks, 'unknown');
  const heard = random.chance(0.5)
    ? await client.ask('inserts in one text', client.pg.query(texts.join(';')))
    : await client.ask('inserts in one batch', client.pg.query(new Pipeline(texts)).done);
  client.claim(marks, claimOf(heard));
  return heard.ok;
};

const texts: Shape = async (client) => {
  const [within, behind] = [client.insert(), client.insert()];
  client.claim([within.mark, behind.mark], 'unknown');
  const heard = await client.ask(
    'a text with a block',
    client.pg.query(`BEGIN; ${within.text}; COMMIT; ${behind.text}`),
  );
  // An error may be that of what stands behind the COMMIT.
  client.claim([within.mark], heard.ok ? 'there' : 'unknown');
  client.claim([behind.mark], claimOf(heard));
  return heard.ok;
};

const block: Shape = async (client, random) => {
  const kept: string[] = [];
  let failed = !(await client.ask('BEGIN', client.pg.query('BEGIN'))).ok;
  for (let n = 1 + random.below(4); n > 0 && !failed; n--) {
    const { mark, text } = client.insert();
    const named = random.chance(0.3) ? { name: mark, text } : { text };
    failed = !(await client.ask('insert in a block', client.pg.query(named))).ok;
    kept.push(mark);
    if (failed || !random.chance(0.2)) continue;
    failed = !(await client.ask('SAVEPOINT', client.pg.query('SAVEPOINT s'))).ok;
    if (!failed) failed = !(await client.ask('insert in a savepoint', client.pg.query(client.insert().text))).ok;
    if (!failed) failed = !(await client.ask('ROLLBACK TO', client.pg.query('ROLLBACK TO s'))).ok;
  }
  if (client.lost) return false;
  if (failed || random.chance(0.2)) {
    await client.ask('ROLLBACK', client.pg.query('ROLLBACK'));
    return !failed;
  }
  client.claim(kept, 'unknown');
  const heard = await client.ask('COMMIT', client.pg.query('COMMIT'));
  client.claim(kept, heard.ok && heard.value.command === 'ROLLBACK' ? 'not_there' : claimOf(heard));
  return heard.ok;
};

const SHAPES: readonly [Shape, ...Shape[]] = [alone, alone, slow, several, texts, block, block];
