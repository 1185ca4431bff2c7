import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type pg from 'pg';
import { threadEnv } from '../contract/thread-env.ts';
import { BEAT_MS } from './standstill.ts';
import type { Watchdog, WriterBackend } from './elevations.ts';
import {
  backendKey,
  type ControlConnection,
  type Fate,
  type FromWatchdog,
  type ToWatchdog,
  type WatchdogData,
} from './watchdog-messages.ts';

export interface WatchdogOptions {
  /** Control connections by target. `checkServerIdentity` may only be there to accept any name: a function cannot go to another thread. */
  targets: Record<string, pg.ClientConfig>;
  /** How long writers live on without `lease()`. Default 3 s. */
  leaseMs?: number;
  /** How long after a deadline the session has for a polite end. Default 400 ms. */
  graceMs?: number;
  /** The process is killed, with words on standard error, when its event loop has stood still so long; not while it is suspended. Default 30 s. */
  standstillMs?: number;
  /** The watchdog ended a backend by itself, or has trouble with a target (once each problem). */
  onFired?: (writer: WriterBackend, why: 'deadline' | 'lease') => void;
  onTrouble?: (target: string, problem: string) => void;
}

type Question = ToWatchdog & { say: 'look' | 'sweep' | 'committed' };
type Asked = { message: Question; settle: (answer: Fate | boolean | null) => void };

/** What recovery needs beside what sessions do. */
export interface WatchdogOfProcess extends Watchdog {
  /** Ends every backend of these sessions, by the names that gateways give them, and looks until they are gone. */
  sweep(target: string, sessions: string[], timeoutMs: number): Promise<'gone' | 'unconfirmed'>;
  /** Whether it has a control connection for the target. */
  knows(target: string): boolean;
  /** Other passwords or certificates: the thread is started again with all that was armed. */
  renew(targets: Record<string, pg.ClientConfig>): void;
}

/** As pg_stat_activity shows it with DateStyle ISO: `2026-11-24 14:32:01.123456+00`. */
const STARTED_AT = /^\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d){0,2}$/;
const RESTART_MS = 200;
const REPLY_MS = 100;

/**
 * Starts the watchdog's thread. Should the thread fail, it is started again with all that was armed.
 * `arm`, `terminate` and `confirmGone` throw for a target without a control connection and for a malformed `startedAt`.
 */
export function makeWatchdog(options: WatchdogOptions): WatchdogOfProcess {
  const { leaseMs = 3_000, graceMs = 400, standstillMs = 30_000 } = options;
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const beating = setInterval(() => Atomics.add(new Int32Array(beats), 0, 1), BEAT_MS).unref();
  const data: WatchdogData = {
    targets: portables(options.targets),
    leaseNs: nanoseconds(leaseMs),
    graceNs: nanoseconds(graceMs),
    beats,
    standstillMs,
  };
  const armed = new Map<string, ToWatchdog & { say: 'arm' }>();
  const asked = new Map<number, Asked>();
  let asks = 0;
  let leasedAt = process.hrtime.bigint();
  let closing = false;
  let worker: Worker;
  let restart: NodeJS.Timeout | undefined;

  const say = (message: ToWatchdog) => worker.postMessage(message);
  const hear = (message: FromWatchdog) => {
    if (message.say === 'fate') asked.get(message.ask)?.settle(message.fate);
    else if (message.say === 'committed') asked.get(message.ask)?.settle(message.committed);
    else if (message.say === 'over') armed.delete(backendKey(message.writer));
    else if (message.say === 'fired') options.onFired?.(message.writer, message.why);
    else options.onTrouble?.(message.target, message.problem);
  };
  const start = () => {
    const started = new Worker(
      new URL(`./watchdog-worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
      {
        workerData: data,
        // pg would take host, user and password from PG* variables.
        env: threadEnv(),
        name: 'watchdog',
      },
    );
    worker = started;
    started.on('message', hear);
    started.on('error', (error) => options.onTrouble?.('*', `the watchdog's thread failed: ${String(error)}`));
    started.on('exit', () => {
      if (!closing) restart = setTimeout(start, RESTART_MS);
    });
    say({ say: 'lease', at: leasedAt });
    for (const message of armed.values()) say(message);
    for (const { message } of asked.values()) say(message);
  };
  start();

  const knows = (target: string) => Object.hasOwn(data.targets, target);
  const check = (writer: WriterBackend) => {
    if (!knows(writer.target)) throw new Error(`No control connection for target ${writer.target}.`);
    if (!Number.isInteger(writer.pid) || writer.pid <= 0) throw new Error(`Not a process id: ${writer.pid}.`);
    if (!STARTED_AT.test(writer.startedAt)) throw new Error(`Not a backend's start: ${writer.startedAt}.`);
  };
  const look = (writer: WriterBackend, signal: boolean, timeoutMs: number): Promise<Fate> => {
    check(writer);
    return fateOf(timeoutMs, (ask, until) => ({ say: 'look', ask, writer, signal, until }));
  };
  const fateOf = async (timeoutMs: number, make: (ask: number, until: bigint) => Question): Promise<Fate> =>
    (await question(timeoutMs, make)) === 'gone' ? 'gone' : 'unconfirmed';
  /** Null when it is not answered in time. */
  const question = (timeoutMs: number, make: (ask: number, until: bigint) => Question) => {
    if (closing) return Promise.resolve(null);
    return new Promise<Fate | boolean | null>((resolve) => {
      const ask = ++asks;
      const message = make(ask, process.hrtime.bigint() + nanoseconds(timeoutMs));
      const timer = setTimeout(() => asked.get(ask)?.settle(null), timeoutMs + REPLY_MS);
      const settle: Asked['settle'] = (answer) => {
        clearTimeout(timer);
        asked.delete(ask);
        resolve(answer);
      };
      asked.set(ask, { message, settle });
      say(message);
    });
  };

  return {
    arm: (writer, deadline) => {
      check(writer);
      const now = process.hrtime.bigint();
      const message = {
        say: 'arm',
        writer,
        deadline: now + nanoseconds(deadline - performance.now()),
        lease: now,
      } as const;
      armed.set(backendKey(writer), message);
      say(message);
    },
    disarm: (writer) => {
      armed.delete(backendKey(writer));
      say({ say: 'disarm', writer });
    },
    terminate: (writer, timeoutMs) => look(writer, true, timeoutMs),
    sweep: (target, sessions, timeoutMs) => {
      if (!knows(target)) throw new Error(`No control connection for target ${target}.`);
      return fateOf(timeoutMs, (ask, until) => ({ say: 'sweep', ask, target, sessions, until }));
    },
    committed: async (target, transaction, timeoutMs) => {
      if (!knows(target)) return null;
      const answer = await question(timeoutMs, (ask, until) => ({ say: 'committed', ask, target, transaction, until }));
      return typeof answer === 'boolean' ? answer : null;
    },
    knows,
    renew: (targets) => {
      data.targets = portables(targets);
      void worker.terminate();
    },
    confirmGone: (writer, timeoutMs) => look(writer, false, timeoutMs),
    lease: () => {
      leasedAt = process.hrtime.bigint();
      say({ say: 'lease', at: leasedAt });
    },
    close: async () => {
      if (closing) return;
      closing = true;
      clearTimeout(restart);
      for (const { settle } of [...asked.values()]) settle(null);
      const gone = new Promise<void>((resolve) =>
        worker.threadId === -1 ? resolve() : worker.once('exit', () => resolve()),
      );
      say({ say: 'close' });
      const force = setTimeout(() => void worker.terminate(), 2_000);
      await gone;
      clearInterval(beating);
      clearTimeout(force);
    },
  };
}

const nanoseconds = (ms: number) => BigInt(Math.round(ms * 1_000_000));

const portables = (targets: Record<string, pg.ClientConfig>): WatchdogData['targets'] =>
  Object.fromEntries(Object.entries(targets).map(([name, config]) => [name, portable(name, config)]));

/** What can be cloned to another thread. Throws for what cannot: the gateway then does not start. */
function portable(target: string, config: pg.ClientConfig): ControlConnection {
  const { ssl, password, ...rest } = config;
  const secret: unknown = typeof password === 'function' ? password() : password;
  if (secret !== undefined && typeof secret !== 'string')
    throw new Error(`Control password of ${target}: a text is wanted.`);
  const { checkServerIdentity, ...tls } = typeof ssl === 'object' ? ssl : {};
  const plain = {
    ...rest,
    ...(secret === undefined ? {} : { password: secret }),
    ssl: ssl === undefined || ssl === false ? false : { ...tls },
    anyServerName: checkServerIdentity !== undefined,
  };
  return structuredClone(plain) as ControlConnection;
}
