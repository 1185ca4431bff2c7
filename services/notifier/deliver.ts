// The way of one job, top to bottom: gather → compose → send → record. It may run twice; then the message has the same id.
import type pg from 'pg';
import type { Clock } from '../contract/clock.ts';
import { within } from '../contract/within.ts';
import type { EntryDraft, Recorded } from '../ledger/entry/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { backoff, givesUp, type Patience } from './backoff.ts';
import { type Audience, type Channel, failed, type Sent } from './channels/channel.ts';
import type { Counters } from './counters.ts';
import { gather } from './gather/gather.ts';
import { ADD_JOB, UNDELIVERED } from './jobs.ts';
import type { Letter } from './letter.ts';
import type { Log } from '../contract/log.ts';
import { loadMessage, type Message } from './message.ts';
import type { Turns } from './turns.ts';

/** That a channel gave something up; never by that channel, and never about the telling of such a thing. */
export type Alert = (client: pg.ClientBase, channel: string, problem: string, head: Recorded) => Promise<void>;

export interface DeliverDeps {
  pool: pg.Pool;
  ledger: Pick<Ledger, 'transaction'>;
  channels: ReadonlyMap<string, Channel>;
  compose: (message: Message, channel: Channel, now: Date) => Letter;
  /** Null when none is configured. */
  publicUrl: string | null;
  turns: Turns;
  clock: Clock;
  patience: Patience;
  counters: Counters;
  log: Log;
  /** Queues a notice to who looks after the gateway, in the transaction of the entry that it is about. */
  alert: Alert;
  /** Makes this process's workers look for jobs in so many milliseconds. */
  lookIn: (ms: number) => void;
  /** Is told of each attempt. */
  attempted?: ((attempted: Attempted) => void) | undefined;
}

/** That a message was sent, or was not. */
export interface Attempted {
  message: Message;
  ok: boolean;
  milliseconds: number;
}

const BUSY = 250;
/** One message of a channel that fails is tried so often, whatever its turn: so that what waits goes out soon after the channel is well. */
const PROBE = 20_000;
/** Channels have bounds of their own, for each silence; a receiver that answers a byte at a time keeps within them for ever. */
const LONGEST_ATTEMPT = 60_000;

export function makeDeliver(deps: DeliverDeps): (notice: string) => Promise<void> {
  const { pool, channels, turns, lookIn } = deps;
  // Sent, with so many notices in it, and not yet recorded as such: a failing ledger must not make every attempt a new mail.
  const accepted = new Map<string, { sent: Sent; told: number }>();
  /** By channel: when its next probe is due. */
  const probes = new Map<string, number>();
  // One that is not configured is told nothing, event by event.
  const audienceOf = (name: string): Audience => channels.get(name)?.audience ?? 'programs';

  return async (notice) => {
    const gathered = await gather(pool, notice, {
      audienceOf,
      settled: accepted.has(notice),
      publicUrl: deps.publicUrl,
    });
    if (gathered.do === 'nothing') return;
    if (gathered.do === 'wait') return again(notice, gathered.ms);

    const message = await loadMessage(pool, gathered.message, audienceOf);
    if (message?.state !== 'pending') return;
    const release = turns.take(message.channel);
    if (!release) return again(notice, BUSY);
    const before = accepted.get(message.id);
    // Another took this one for given up, and it tells more by now: what was sent is not all of it.
    let sent = before?.told === message.told.length ? before.sent : null;
    try {
      sent ??= await attempt(message);
    } finally {
      release(sent?.ok ?? false);
    }
    if (sent.ok) accepted.set(message.id, { sent, told: message.told.length });
    await record(message, sent);
    accepted.delete(message.id);
  };

  async function attempt(message: Message): Promise<Sent> {
    const began = performance.now();
    const sent = await sending(message);
    deps.attempted?.({ message, ok: sent.ok, milliseconds: performance.now() - began });
    return sent;
  }

  async function sending(message: Message): Promise<Sent> {
    const channel = channels.get(message.channel);
    if (!channel) return failed(`No channel named ${message.channel} is configured.`);
    try {
      const over = new AbortController();
      const sent = channel.send(message, deps.compose(message, channel, deps.clock.now()), over.signal);
      return await within(sent, LONGEST_ATTEMPT, () => {
        over.abort();
        return failed(`It was not taken within ${LONGEST_ATTEMPT / 1_000} s.`);
      });
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  async function record(message: Message, sent: Sent): Promise<void> {
    const number = message.attempts + 1;
    if (sent.ok) {
      await final(message, number, 'delivered', null);
      deps.counters.delivered(message.channel, message.told.length);
      return hasten(message.channel);
    }
    const { clock, patience, counters, log } = deps;
    const problem = plain(sent.problem);
    const now = clock.now();
    counters.attemptFailed(message.channel);
    log.warn({ message: message.id, channel: message.channel, attempt: number, problem }, 'a notice was not delivered');
    if (sent.final || givesUp(number, message.firstAttemptAt ?? now, now, patience)) {
      await final(message, number, 'dead', problem);
      counters.gaveUp(message.channel, message.told.length);
      log.error({ message: message.id, channel: message.channel, problem }, 'a notice was given up');
      return;
    }
    const ms = probe(message.channel, backoff(number, sent.retryAfterMs), sent.retryAfterMs);
    await pool.query(
      `WITH attempt AS (
         INSERT INTO notice_attempt (message, attempt, outcome, problem, remaining) VALUES ($1, $2, 'failed', $3, $4)
         ON CONFLICT DO NOTHING
       )
       SELECT ${ADD_JOB('$1::text', "now() + $5::int * interval '1 millisecond'")}`,
      [message.id, number, problem, sent.remaining, ms],
    );
    lookIn(ms);
  }

  /** Sooner than its turn, where it is the one message by which the channel is tried. */
  function probe(channel: string, ms: number, asked: number | null): number {
    const now = performance.now();
    if (ms <= PROBE || asked !== null || (probes.get(channel) ?? 0) > now) return ms;
    probes.set(channel, now + PROBE - 1_000);
    return PROBE;
  }

  /** The ledger's entries and our own row stand or fall together. */
  async function final(
    message: Message,
    number: number,
    outcome: 'delivered' | 'dead',
    problem: string | null,
  ): Promise<void> {
    const drafts = message.told.map(({ notice, event }): EntryDraft => {
      const about = 'elevation' in event ? { elevation: event.elevation } : {};
      const of = { notice, ...about, channel: message.channel, attempts: number };
      return problem === null ? { kind: 'notice_delivered', ...of } : { kind: 'notice_failed', ...of, problem };
    });
    await deps.ledger.transaction(drafts, async (client, [head]) => {
      // Another took this one for given up, and it tells more by now: then it is that one's to settle.
      const { rows } = await client.query<{ members: number }>(
        'SELECT count(*)::int AS members FROM notice_message WHERE message = $1',
        [message.id],
      );
      if (rows[0]?.members !== message.told.length) throw new Error('The message tells more than was sent.');
      await client.query(
        'INSERT INTO notice_attempt (message, attempt, outcome, problem) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
        [message.id, number, outcome, problem],
      );
      const about = message.told[0].event.event;
      if (problem !== null && head && about !== 'gateway.problem')
        await deps.alert(client, message.channel, problem, head);
    });
  }

  async function again(notice: string, ms: number): Promise<void> {
    await pool.query(`SELECT ${ADD_JOB('$1::text', "clock_timestamp() + $2::int * interval '1 millisecond'")}`, [
      notice,
      Math.ceil(ms),
    ]);
    lookIn(ms);
  }

  /** The channel works again: what waits for its next attempt need not wait longer. */
  async function hasten(channel: string): Promise<void> {
    if (!turns.recovered(channel)) return;
    await pool.query(
      `SELECT graphile_worker.reschedule_jobs(array(
         SELECT j.id FROM (${UNDELIVERED}) AS u JOIN graphile_worker.jobs j ON j.key = 'notice:' || u.message
         WHERE u.channel = $1 AND u.message = u.id AND u.created_at > now() - interval '8 days'
           AND j.locked_at IS NULL AND j.run_at > now()
       ), run_at := now())`,
      [channel],
    );
    lookIn(0);
  }
}

/** One bounded line: servers' answers go into the record and to terminals. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 500)
    .toWellFormed();
}
