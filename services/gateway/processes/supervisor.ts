// Runs a gateway's processes on one host: connections go to each in turn (node:cluster), what ends is started again, and what must
// be counted or done once for the whole host is counted and given out here.
import cluster from 'node:cluster';
import type { Snapshot } from '../config/snapshot.ts';
import type { Log } from '../log.ts';
import { ownerOf } from '../session/cancel/keys.ts';
import { type Bound, makeCounts } from './counts.ts';
import type { Handlers } from './exchange.ts';
import type { Ended } from './host.ts';
import type { Beginning } from './member.ts';
import { makeRates } from './rates.ts';
import { type End, keepRunning, type Running, type Slot, SLOT_TIMES, type SlotTimes } from './slot.ts';
import { TurnsByName } from './turns-by-name.ts';
import { makeWholeHealth } from './whole-health.ts';

export interface SupervisorOptions {
  processes: number;
  snapshot: Snapshot;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  times?: SlotTimes;
  /** What each process runs, with its arguments; as this one by default. */
  program?: { exec: string; args: string[]; execArgv: string[] };
}

export interface Supervisor {
  /** All processes take over what may change of it, and so do those that are started later. */
  reload(snapshot: Snapshot): void;
  /** Asks all to end; `ended` says when they have. */
  stop(): void;
  /** Ends all at once, without a word. */
  kill(): void;
  /** Resolves when no process is left, to the exit code: another than 0 when the first could not start at all. */
  readonly ended: Promise<number>;
}

/** One process of the host anchors what all others wrote, each in its turn. */
const ANCHORS_MS = 60_000;
/** A policy that was compiled here and the ones before it. */
const COMPILED_KEPT = 4;

/** Starts the first process at once, and the others when it serves: what cannot work at all is said once, and ends the start. */
export function superviseProcesses(options: SupervisorOptions): Supervisor {
  const { processes, log, times = SLOT_TIMES } = options;
  const snapshots = { first: options.snapshot, latest: options.snapshot };
  const counts = makeCounts();
  const rate = makeRates();
  const places = new Map<Running, Map<number, () => void>>();
  const turns = new TurnsByName<Running>();
  const compiled = new Map<string, Uint8Array>();
  const slots: Slot[] = [];
  const done = Promise.withResolvers<number>();
  let onDuty: Running | null = null;
  /** Ends that nobody who is on duty was told of. */
  let untold: Ended[] = [];
  let restarts = 0;
  let anchored = 0;
  let hasServed = false;
  let stopping = false;
  const health = makeWholeHealth(
    () => slots,
    () => restarts,
  );

  cluster.setupPrimary({ serialization: 'advanced', ...options.program });
  const all = () => slots.flatMap(({ running }) => (running ? [running] : []));
  const serving = () => all().filter((running) => running.serves);

  function begin(): void {
    const slot = slots.length + 1;
    const mine = keepRunning({
      slot,
      fork: () => cluster.fork(),
      handlers,
      times,
      onEnded,
      onWaiting: (ms) => log.warn({ slot, ms }, 'a process of this gateway is started again'),
    });
    slots.push(mine);
  }

  function handlers(running: Running): Handlers {
    const mine = new Map<number, () => void>();
    places.set(running, mine);
    return {
      asked: {
        begin: (): Beginning => {
          running.begun = true;
          return { slot: running.slot, snapshots };
        },
        take({ place, bounds }: { place: number; bounds: Bound[] }): string | null {
          const taken = counts.take(bounds);
          if (!taken.ok) return taken.full;
          mine.set(place, taken.leave);
          return null;
        },
        rate: ({ name, windowMs }: { name: string; windowMs: number }) => rate(name, windowMs),
        turn: (name: string) => turns.take(name, running),
        compiled: (key: string) => compiled.get(key) ?? null,
        cancel: (key: { processId: number; secret: Uint8Array }) => cancel(running, key),
        readiness: () => health.readiness(),
        metrics: () => health.metrics(),
      },
      told: {
        leave(place: number) {
          mine.get(place)?.();
          mine.delete(place);
        },
        turnOver: (name: string) => turns.over(name, running),
        compiled({ key, wasm }: { key: string; wasm: Uint8Array }) {
          compiled.delete(key);
          compiled.set(key, wasm);
          for (const oldest of compiled.keys()) if (compiled.size > COMPILED_KEPT) compiled.delete(oldest);
        },
        news(news: unknown) {
          for (const other of all()) if (other !== running) other.exchange.tell('news', news);
        },
        named: (name: string) => {
          running.name = name;
        },
        ownsKeys: (owner: number) => void running.keyOwners.add(owner),
        leaves: () => {
          running.leaves = true;
        },
        serves: () => serves(running),
      },
    };
  }

  function serves(running: Running): void {
    running.serves = true;
    log.info({ slot: running.slot, process: running.name, pid: running.worker.process.pid }, 'a process serves');
    if (!hasServed) {
      hasServed = true;
      for (let more = processes - slots.length; more > 0 && !stopping; more--) begin();
      anchor();
    }
    if (!onDuty) elect();
  }

  function elect(): void {
    onDuty = serving()[0] ?? null;
    if (!onDuty) return;
    onDuty.exchange.tell('duty');
    for (const ended of untold) onDuty.exchange.tell('ended', ended);
    untold = [];
  }

  function anchor(): void {
    const can = serving();
    can[anchored++ % can.length]?.exchange.tell('anchors');
  }

  async function cancel(asker: Running, key: { processId: number; secret: Uint8Array }): Promise<boolean> {
    const owner = ownerOf(key.processId);
    const owners = all().filter((each) => each !== asker && each.keyOwners.has(owner));
    const cancelled = owners.map((each) => each.exchange.ask<boolean>('cancel', key).catch(() => false));
    return (await Promise.all(cancelled)).some(Boolean);
  }

  function onEnded(running: Running, { how, code }: End): boolean {
    const { slot, name } = running;
    for (const leave of places.get(running)?.values() ?? []) leave();
    places.delete(running);
    turns.gone(running);
    health.ended(running);
    if (how === null) log.info({ slot, process: name }, 'a process has ended');
    else log.error({ slot, process: name, how }, 'a process of this gateway ended by itself');
    if (running === onDuty) {
      onDuty = null;
      elect();
    }
    if (name !== null) {
      const ended: Ended = { process: name, slot, how };
      for (const other of all()) if (other !== running) other.exchange.tell('ended', ended);
      if (!onDuty) untold.push(ended);
    }
    const left = all().filter((each) => each !== running);
    // Who is on duty tells what the others have left to tell.
    if (stopping && left.length === 1) left[0]?.exchange.tell('alone');
    if (left.length === 0 && (stopping || !hasServed)) {
      stopping = true;
      clearInterval(anchoring);
      done.resolve(hasServed || how === null ? 0 : code);
    }
    const again = !stopping;
    if (again && how !== null) restarts++;
    return again;
  }

  const anchoring = setInterval(anchor, ANCHORS_MS);
  begin();

  return {
    reload(snapshot) {
      snapshots.latest = snapshot;
      for (const running of all()) running.exchange.tell('reload', snapshot);
    },
    stop() {
      stopping = true;
      for (const slot of slots) slot.stop();
      const left = all();
      if (left.length === 1) left[0]?.exchange.tell('alone');
      if (left.length > 0) return;
      clearInterval(anchoring);
      done.resolve(0);
    },
    kill() {
      for (const running of all()) running.worker.process.kill('SIGKILL');
    },
    ended: done.promise,
  };
}
