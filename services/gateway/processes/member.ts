// One of a host's processes, as it sees the others: all goes by way of its supervisor.
import cluster from 'node:cluster';
import type { Snapshot } from '../config/snapshot.ts';
import type { Taken } from './counts.ts';
import { makeExchange, type Packet } from './exchange.ts';
import type { Ended, HealthState, Host, News, OfProcess } from './host.ts';

export interface Member extends Host {
  readonly slot: number;
  /** The configuration that the host was started with, and the one that it was last told to take over. */
  readonly snapshots: { first: Snapshot; latest: Snapshot };
  /** Calls back when it is asked to end, or there is no supervisor any more. */
  onStop(stop: () => void): void;
  onReload(reload: (snapshot: Snapshot) => void): void;
  /** It is ending by itself: nobody is told of a crash. */
  leaves(): void;
  /** Lets the process end. */
  release(): void;
}

/** What a process is told first. */
export interface Beginning {
  slot: number;
  snapshots: { first: Snapshot; latest: Snapshot };
}

/** For an answer that somebody waits for with a connection open. What cannot be counted in time is not permitted. */
const COUNTED_MS = 2_000;
const ASKED_MS = 5_000;

/** Rejects when this process has no supervisor. */
export async function joinHost(): Promise<Member> {
  const { worker } = cluster;
  if (!worker) throw new Error('This process was not started by a supervisor.');
  let own: OfProcess | null = null;
  let stopping: (() => void) | null = null;
  let stopped = false;
  let hostStops = false;
  let reload: ((snapshot: Snapshot) => void) | null = null;
  const early: { reload: Snapshot | null; ended: Ended[] } = { reload: null, ended: [] };
  let onDuty = false;
  const alone = Promise.withResolvers<void>();
  const duties = new Set<() => void>();
  const anchors = new Set<() => void>();
  const undertakers = new Set<(ended: Ended) => void>();
  const ears = new Map<keyof News, Set<(news: never) => void>>();
  let places = 0;

  const stop = () => {
    stopped = true;
    stopping?.();
  };
  const answers = () => {
    if (!own) throw new Error('it is starting');
    return own;
  };
  const exchange = makeExchange(sendUp);
  exchange.handle({
    asked: {
      ping: () => null,
      readiness: () => answers().readiness(),
      metrics: () => answers().metrics.json(),
      cancel: ({ processId, secret }: { processId: number; secret: Uint8Array }) =>
        answers().cancel(processId, Buffer.from(secret)),
    },
    told: {
      stop: () => {
        hostStops = true;
        stop();
      },
      reload: (snapshot: Snapshot) => {
        if (reload) reload(snapshot);
        else early.reload = snapshot;
      },
      duty: () => {
        onDuty = true;
        for (const begin of duties) begin();
      },
      anchors: () => {
        for (const listener of anchors) listener();
      },
      ended: (ended: Ended) => {
        if (undertakers.size === 0) early.ended.push(ended);
        for (const listener of undertakers) listener(ended);
      },
      alone: () => alone.resolve(),
      news: ({ what, news }: { what: keyof News; news: unknown }) => {
        for (const heard of ears.get(what) ?? []) heard(news as never);
      },
    },
  });
  process.on('message', (packet) => exchange.receive(packet));
  worker.once('disconnect', () => {
    // Else node:cluster ends this process at once, with all that its sessions do.
    worker.exitedAfterDisconnect = true;
    exchange.over();
    alone.resolve();
    stop();
  });
  const { slot, snapshots } = await exchange.ask<Beginning>('begin');

  return {
    slot,
    snapshots,
    counts: {
      async take(bounds): Promise<Taken> {
        const place = ++places;
        const leave = () => exchange.tell('leave', place);
        try {
          const full = await exchange.ask<string | null>('take', { place, bounds }, COUNTED_MS);
          return full === null ? { ok: true, leave } : { ok: false, full };
        } catch {
          // It may have been given meanwhile.
          leave();
          return { ok: false, full: null };
        }
      },
    },
    rates: { count: (name, windowMs) => exchange.ask('rate', { name, windowMs }, COUNTED_MS) },
    compiled: (disk) => ({
      read: async (key) => {
        const kept = await exchange.ask<Uint8Array | null>('compiled', key, ASKED_MS).catch(() => null);
        return kept ?? disk.read(key);
      },
      write: async (key, wasm) => {
        exchange.tell('compiled', { key, wasm });
        await disk.write(key, wasm);
      },
    }),
    async inTurn(name, act) {
      // Without a supervisor nobody else is there to wait for.
      await exchange.ask('turn', name).catch(() => undefined);
      try {
        return await act();
      } finally {
        exchange.tell('turnOver', name);
      }
    },
    tellOthers: (what, news) => exchange.tell('news', { what, news }),
    hear(what, heard) {
      const heardBy = ears.get(what) ?? new Set();
      ears.set(what, heardBy.add(heard));
    },
    named: (name) => exchange.tell('named', name),
    answers: (given) => {
      own = given;
    },
    serves: () => exchange.tell('serves'),
    onDuty(begin) {
      duties.add(begin);
      if (onDuty) begin();
    },
    onAnchors: (listener) => void anchors.add(listener),
    onEnded(listener) {
      undertakers.add(listener);
      for (const ended of early.ended.splice(0)) listener(ended);
    },
    ownsKeys: (owner) => exchange.tell('ownsKeys', owner),
    cancel: (processId, secret) => exchange.ask<boolean>('cancel', { processId, secret }, ASKED_MS).catch(() => false),
    readiness: () => exchange.ask<HealthState>('readiness', null, ASKED_MS),
    metrics: () => exchange.ask<string>('metrics', null, ASKED_MS),
    async others() {
      if (onDuty && hostStops) await alone.promise;
    },
    onStop(ends) {
      stopping = ends;
      if (stopped) ends();
    },
    onReload(takesOver) {
      reload = takesOver;
      if (early.reload) takesOver(early.reload);
      early.reload = null;
    },
    leaves: () => exchange.tell('leaves'),
    release: () => process.channel?.unref(),
  };
}

function sendUp(packet: Packet): boolean {
  if (!process.connected || !process.send) return false;
  // Without a callback an error of the channel would be thrown.
  process.send(packet, undefined, undefined, () => {});
  return true;
}
