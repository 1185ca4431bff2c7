// For the tests of this folder: tokens in memory and sessions that only answer.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Authenticated, ScramCandidates, Tokens } from '../../ledger/tokens/tokens.ts';
import { ClientFrames } from './client-frames.ts';
import { backendKeyData, commandComplete, dataRow, parameterStatus, readyForQuery, rowDescription } from './frames.ts';
import type { Hello, Sessions } from './hello.ts';

export function someone(id: string, token = `token of ${id}`): Authenticated {
  const principal = { id, email: null, groups: [], kind: 'human', elevate: 'in-band' } as const;
  return { principal: { ...principal, groups: [] }, token, expiresAt: new Date(Date.now() + 60_000) };
}

/** Users and the secrets of their tokens. */
export function toyTokens(users: Record<string, string[]>): Pick<Tokens, 'scram'> {
  const salts = new Map(Object.keys(users).map((user) => [user, randomBytes(16)]));
  const iterations = 4096;
  return {
    scram: async (user) => {
      const salt = salts.get(user) ?? createHash('md5').update(user).digest();
      const secrets = salts.has(user) ? (users[user] ?? []) : [];
      return { salt, iterations, candidates: secrets.map((secret) => verifier(secret, salt, iterations, user)) };
    },
  };
}

export function verifier(
  secret: string,
  salt: Buffer,
  iterations: number,
  user: string,
): ScramCandidates['candidates'][0] {
  const salted = pbkdf2Sync(secret, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest();
  return { storedKey, serverKey: hmac('Server Key'), who: someone(user, `${user}: ${secret.length}`) };
}

export interface ToySessions extends Pick<Sessions, 'open' | 'cancel'> {
  hellos: Hello[];
  /** Whether each client was paused when it was handed over. */
  paused: boolean[];
  cancels: { processId: number; secret: Buffer }[];
  /** Resolves the cancels that are held. */
  release(): void;
}

/** Each Query is answered with one row: its own text. Cancels are held until `release`. */
export function toySessions(): ToySessions {
  const hellos: Hello[] = [];
  const paused: boolean[] = [];
  const cancels: ToySessions['cancels'] = [];
  let held: (() => void)[] = [];
  return {
    hellos,
    paused,
    cancels,
    open: (client, hello) => {
      hellos.push(hello);
      paused.push(client.isPaused());
      return answer(client, hello);
    },
    cancel: (processId, secret) => {
      cancels.push({ processId, secret });
      return new Promise((resolve) => held.push(resolve));
    },
    release: () => {
      for (const resolve of held) resolve();
      held = [];
    },
  };
}

function answer(client: Duplex, hello: Hello): Promise<void> {
  const secret = Buffer.alloc(hello.minor === 2 ? 32 : 4, 9);
  client.write(Buffer.concat([parameterStatus('sudoql.mode', 'read'), backendKeyData(42, secret), readyForQuery('I')]));
  const frames = new ClientFrames(16 * 1024 * 1024);
  client.on('data', (chunk: Buffer) => {
    frames.push(chunk);
    for (let frame = frames.next(); frame; frame = frames.next()) {
      if (frame.kind !== 'message') continue;
      if (frame.type === 'X') client.end();
      if (frame.type !== 'Q') continue;
      const text = frame.raw.toString('utf8', 5, frame.raw.length - 1);
      client.write(
        Buffer.concat([rowDescription(['text']), dataRow([text]), commandComplete('SELECT 1'), readyForQuery('I')]),
      );
    }
  });
  client.resume();
  return new Promise((resolve) => {
    if (client.destroyed) resolve();
    else client.once('close', resolve).on('error', () => {});
  });
}
