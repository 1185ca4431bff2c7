// A cancel for a session of another replica goes by the ledger: a NOTIFY to its owner, and one back when the target was told. Both are signed with
// the secret that the gateways share, name the moment and count once; the key itself does not travel.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../../contract/clock.ts';
import type { Log } from '../../../contract/log.ts';
import type { Heartbeat } from '../../../ledger/heartbeat/heartbeat.ts';
import type { LedgerPool } from '../../../ledger/ledger-pool.ts';
import { ownerOf } from './keys.ts';

/** A session of this process, as a cancel from elsewhere finds it. */
export interface Cancellable {
  secret: Buffer;
  /** Resolves when the target has been told. */
  cancel(): Promise<void>;
}

export interface FarCancels {
  /** This process is asked by that number too, from now on. */
  owns(owner: number): void;
  /** Has the session's own gateway cancel it. The key must be one of ours (`CancelKeys.proves`). Resolves when it says so, or does not in time; never rejects. */
  send(processId: number, secret: Buffer): Promise<void>;
}

export interface FarCancelsOptions {
  pool: LedgerPool;
  heartbeat: Pick<Heartbeat, 'hear'>;
  secret(): Buffer | null;
  find(processId: number): Cancellable | null;
  clock: Clock;
  log: Pick<Log, 'warn'>;
}

/** For the owner's answer: its client waits so long, as for a target that does not answer. */
const PATIENCE_MS = 3_000;
/** Between two of one session: who asks meanwhile shares the next. */
const GAP_MS = 100;
/** Under way at once, of all sessions: those above are dropped, as a cancel always may be. */
const MOST = 100;
/** An older one counts no more. Gateways whose clocks are further apart than this are not ready. */
const FRESH_MS = 120_000;

const channelOf = (owner: number) => `sudoql_cancel_${owner}`;
const REQUEST = /^cancel ((\d{1,10}) (\d{1,4}) ([0-9a-f]{32}) (\d{1,16}) ([0-9a-f]{32})) ([0-9a-f]{32})$/;
const ANSWER = /^done ([0-9a-f]{32}) ([0-9a-f]{32})$/;

interface Sending {
  /** Until the next may go. */
  current: Promise<void>;
  next: Promise<void> | null;
}

export function makeFarCancels({ pool, heartbeat, secret, find, clock, log }: FarCancelsOptions): FarCancels {
  const underWay = new Map<string, Sending>();
  const asked = new Map<string, () => void>();
  /** Requests that were taken, and until when they would be fresh. */
  const taken = new Map<string, number>();
  let owner: number | null = null;

  const notify = (to: number, payload: string) => pool.query('SELECT pg_notify($1, $2)', [channelOf(to), payload]);

  async function ask(processId: number, key: Buffer): Promise<void> {
    const shared = secret();
    if (!shared || owner === null || asked.size >= MOST) return;
    const nonce = randomBytes(16).toString('hex');
    const fields = `${processId} ${owner} ${nonce} ${clock.now().getTime()}`;
    const request = `${fields} ${proof(shared, fields, key)}`;
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<void>((resolve) => {
      asked.set(nonce, resolve);
      timer = setTimeout(resolve, PATIENCE_MS).unref();
    });
    try {
      await notify(ownerOf(processId), `cancel ${request} ${sign(shared, `cancel ${request}`)}`);
      await answered;
    } catch (error) {
      log.warn({ err: error }, 'a cancel could not be passed on to another gateway');
    } finally {
      clearTimeout(timer);
      asked.delete(nonce);
    }
  }

  function heard(payload: string | null): void {
    const shared = secret();
    if (payload === null || !shared) return;
    const [, nonce = '', signature = ''] = ANSWER.exec(payload) ?? [];
    if (nonce !== '') {
      if (same(signature, sign(shared, `done ${nonce}`))) asked.get(nonce)?.();
      return;
    }
    const [, request = '', id, from, once = '', at, shown = '', signed = ''] = REQUEST.exec(payload) ?? [];
    if (request === '' || !same(signed, sign(shared, `cancel ${request}`)) || !fresh(once, Number(at))) return;
    const session = find(Number(id));
    const right = session && same(shown, proof(shared, `${id} ${from} ${once} ${at}`, session.secret));
    void carryOut(right ? session : null)
      .then(() => notify(Number(from), `done ${once} ${sign(shared, `done ${once}`)}`))
      .catch((error: unknown) => log.warn({ err: error }, 'a cancel from another gateway could not be answered'));
  }

  function fresh(nonce: string, at: number): boolean {
    const now = clock.now().getTime();
    for (const [old, until] of taken) {
      if (until > now) break;
      taken.delete(old);
    }
    if (Math.abs(now - at) > FRESH_MS || taken.has(nonce)) return false;
    taken.set(nonce, now + 2 * FRESH_MS);
    return true;
  }

  return {
    owns(number) {
      owner = number;
      heartbeat.hear(channelOf(number), heard);
    },
    send(processId, key) {
      const name = `${processId} ${key.toString('base64')}`;
      const sending = underWay.get(name);
      if (sending) {
        sending.next ??= sending.current.then(() => start(name, processId, key));
        return sending.next;
      }
      return start(name, processId, key);
    },
  };

  function start(name: string, processId: number, key: Buffer): Promise<void> {
    const sent = ask(processId, key);
    const gap = new Promise<void>((resolve) => setTimeout(resolve, GAP_MS).unref());
    const sending: Sending = { current: Promise.all([sent, gap]).then(() => undefined), next: null };
    underWay.set(name, sending);
    void sending.current.then(() => {
      if (sending.next === null) underWay.delete(name);
    });
    return sent;
  }
}

/** A session that is over, or is another's, is none: its client is not kept waiting. */
const carryOut = async (session: Cancellable | null) => session?.cancel();

const sign = (shared: Buffer, text: string) => hmac(shared, `cancel message ${text}`);
/** That the sender has the session's whole key. */
const proof = (shared: Buffer, fields: string, key: Buffer) =>
  hmac(shared, `cancel proof ${fields} ${key.toString('base64')}`);

const hmac = (shared: Buffer, text: string) => createHmac('sha256', shared).update(text).digest('hex').slice(0, 32);

const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
