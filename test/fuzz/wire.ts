// Frames of clients that no client sends, against a running gateway: it neither crashes nor hangs, and nothing changes.
import type pg from 'pg';
import { PATIENCE_MS } from '../helpers/until.ts';
import {
  bind,
  close,
  copyData,
  copyFail,
  COPY_DONE,
  describe,
  execute,
  FLUSH,
  int16,
  int32,
  message,
  parse,
  query,
  SYNC,
} from '../../services/gateway/wire/frames.ts';
import { changes, takeDigest } from '../bypass/digest.ts';
import type { Stage } from '../bypass/stage.ts';
import { RawClient } from '../helpers/raw-client.ts';
import { bindText } from '../wire/raw-client.ts';
import { generate } from './grammar.ts';
import { makeRandom, type Random } from './random.ts';
import type { FuzzOptions } from './statements.ts';

export interface WireFuzz {
  conversations: number;
  bytes: number;
  findings: string[];
}

/** After so many conversations the database is looked at; a change names the seeds of those since the last look. */
const LOOK_EVERY = 25;

export async function fuzzWire(stage: Stage, client: pg.ClientConfig, options: FuzzOptions): Promise<WireFuzz> {
  const { seed, count = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY } = options;
  const admin = await stage.admin();
  const result: WireFuzz = { conversations: 0, bytes: 0, findings: [] };
  const until = performance.now() + milliseconds;
  let before = await takeDigest(admin);
  while (result.conversations < count && performance.now() < until) {
    const own = (seed * 1_000_003 + result.conversations) >>> 0;
    const said = converse(makeRandom(own));
    result.bytes += said.length;
    result.conversations++;
    const problem = await send(client, said, makeRandom(own ^ 0x5bd1e995));
    if (problem !== null) result.findings.push(`conversation ${own}: ${problem}`);
    if (result.conversations % LOOK_EVERY === 0) {
      const after = await settled(admin, before);
      for (const part of changes(before, after)) result.findings.push(`up to conversation ${own}: changed ${part}`);
      before = after;
    }
  }
  for (const part of changes(before, await settled(admin, before))) result.findings.push(`at the end: changed ${part}`);
  await admin.end();
  return result;
}

/** Sends it in pieces, reads what comes, and sees that the gateway still serves somebody else. */
async function send(config: pg.ClientConfig, said: Buffer, random: Random): Promise<string | null> {
  const { port = 0, user = '', database = '', password } = config;
  const raw = await RawClient.connect(port);
  try {
    await within(raw.logIn(user, database, String(password)).then(() => raw.until('Z')));
    for (let at = 0; at < said.length && !raw.stream.destroyed; ) {
      const end = at + 1 + random.below(random.chance(0.2) ? 8 : said.length);
      raw.stream.write(said.subarray(at, end));
      at = end;
      if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
    }
    raw.stream.end();
    // Half-closed: the gateway answers what it understood, and closes.
    await within(raw.closed());
  } catch (error) {
    return String(error);
  } finally {
    raw.destroy();
  }
  if (!random.chance(0.1)) return null;
  const other = await RawClient.connect(port);
  try {
    await within(other.logIn(user, database, String(password)).then(() => other.until('Z')));
    other.send(query('SELECT 1'));
    const answer = await within(other.until('Z'));
    return answer.some(({ type }) => type === 'D') ? null : 'another session got no row';
  } catch (error) {
    return `another session: ${String(error)}`;
  } finally {
    other.destroy();
  }
}

/** Some messages, most of them well-formed, some bent. */
function converse(random: Random): Buffer {
  const messages = Array.from({ length: 1 + random.below(12) }, () => bent(random, one(random)));
  return Buffer.concat(messages);
}

const NAMES = ['', 's', 'p', '_sudoql_begin', 'x'.repeat(70), 'ü', '"'] as const;

function one(random: Random): Buffer {
  const name = () => random.pick(NAMES);
  const text = () => generate(random, random.chance(0.5), 3).sql;
  switch (random.below(16)) {
    case 0:
    case 1:
      return query(text());
    case 2:
    case 3:
      return parse(name(), text());
    case 4:
      return bind(name(), name());
    case 5:
      return bindText(name(), name(), ['x', null, '1'].slice(random.below(3)) as (string | null)[]);
    case 6:
      return describe(random.chance(0.5) ? 'S' : 'P', name());
    case 7:
      return execute(name(), random.below(3));
    case 8:
      return close(random.chance(0.5) ? 'S' : 'P', name());
    case 9:
    case 10:
      return SYNC;
    case 11:
      return FLUSH;
    case 12:
      return random.pick([copyData(Buffer.from('x\n')), COPY_DONE, copyFail('no')]);
    case 13:
      return query(
        random.pick(['BEGIN', 'BEGIN READ WRITE', 'COMMIT', 'ROLLBACK AND CHAIN', 'SAVEPOINT s', 'DISCARD ALL', '']),
      );
    case 14:
      return message('F', int32(957), int16(0), int16(1), int32(2), Buffer.from('-1'), int16(0));
    default:
      return message(String.fromCharCode(random.below(256)), Buffer.from(bytes(random, 20)));
  }
}

const bytes = (random: Random, most: number): number[] =>
  Array.from({ length: random.below(most) }, () => random.below(256));

/** One in three is changed: a byte, its length, its end, or where it stands. */
function bent(random: Random, frame: Buffer): Buffer {
  if (!random.chance(0.33)) return frame;
  const copy = Buffer.from(frame);
  switch (random.below(5)) {
    case 0:
      copy[random.below(copy.length)] = random.below(256);
      return copy;
    case 1:
      copy.writeInt32BE(random.pick([0, 1, 3, 4, 5, -1, 2 ** 30, copy.length, 100]), 1);
      return copy;
    case 2:
      return copy.subarray(0, random.below(copy.length));
    case 3:
      return Buffer.concat([copy, Buffer.from(bytes(random, 12))]);
    default: {
      const at = random.below(copy.length);
      return Buffer.concat([copy.subarray(0, at), Buffer.from(bytes(random, 6)), copy.subarray(at)]);
    }
  }
}

async function settled(admin: pg.Client, before: Awaited<ReturnType<typeof takeDigest>>) {
  const until = performance.now() + 2_000;
  for (;;) {
    const after = await takeDigest(admin, before);
    if (changes(before, after).length === 0 || performance.now() > until) return after;
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
