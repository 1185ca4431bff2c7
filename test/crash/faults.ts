// What is taken away during a run: at moments that the seed chooses, and at points of what is under way, as it passes a hop.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../fuzz/random.ts';
import type { TcpProxy, Towards } from '../helpers/tcp-proxy.ts';
import type { Window } from './observed.ts';
import type { CrashGateway, CrashStage } from './stage.ts';

interface Fault {
  what: string;
  /** Only one of these at a time. */
  thing: string;
  /** Null where it takes nothing that anybody waits for. */
  window: Window['what'] | null;
  /** At once, as far as it can be. */
  take(): Promise<void> | void;
  giveBack(): Promise<void> | void;
}

export interface Faults {
  windows: Window[];
  /** What was done, in the order in which it was. */
  done: string[];
  /** Resolves when all has been given back, and every gateway is up. */
  over(): Promise<void>;
}

/** `glimpse`: what is in target and record at this moment, while nobody can add to the record. */
export function startFaults(
  stage: CrashStage,
  random: Random,
  { faults, glimpse }: { faults: number; glimpse(when: string): Promise<void> },
): Faults {
  const windows: Window[] = [];
  const done: string[] = [];
  const taken = new Set<string>();
  const all = faultsOf(stage, glimpse);
  const strike = async (fault: Fault, holdMs: number, how: string) => {
    if (taken.has(fault.thing)) return;
    taken.add(fault.thing);
    done.push(`${fault.what} ${how}, for ${holdMs} ms`);
    const window: Window | null = fault.window && {
      what: fault.window,
      from: performance.now(),
      to: Number.POSITIVE_INFINITY,
    };
    if (window) windows.push(window);
    try {
      const taking = fault.take();
      await taking;
      await sleep(holdMs);
    } finally {
      await fault.giveBack();
      if (window) window.to = performance.now();
      taken.delete(fault.thing);
    }
  };
  const holdMs = () => random.pick([100, 500, 1_500, 4_000, 6_000]);
  const strikes: Promise<void>[] = [];
  for (let n = 0; n < faults; n++) {
    const fault = random.pick(all);
    const [after, hold] = [300 + random.below(4_000), holdMs()];
    strikes.push(sleep(after).then(() => strike(fault, hold, `${after} ms after the beginning`)));
  }
  const point = random.pick(pointsOf(stage));
  const atPoint = random.pick(all);
  const [skip, hold, behind] = [random.below(6), holdMs(), random.chance(0.5)];
  let passed = 0;
  point.hop.watch = (towards, data) => {
    if (towards !== point.towards || !data.includes(point.sees) || passed++ !== skip) return;
    const now = () => strike(atPoint, hold, `${behind ? 'behind' : 'at'} ${point.what}`);
    // At the point itself it is not passed on any more, where the fault is one of its hop.
    if (behind) strikes.push(new Promise((resolve) => setImmediate(resolve)).then(now));
    else strikes.push(now());
  };
  return {
    windows,
    done,
    async over() {
      for (let waited = 0; waited < strikes.length; ) {
        waited = strikes.length;
        await Promise.all(strikes);
      }
      point.hop.watch = null;
      for (const each of stage.gateways) await each.start();
      while (!(await Promise.all(stage.gateways.map((each) => each.ready()))).every(Boolean)) await sleep(100);
    },
  };
}

function faultsOf(stage: CrashStage, glimpse: (when: string) => Promise<void>): [Fault, ...Fault[]] {
  const { whole, gateways } = stage;
  return [
    ...(['target', 'ledger'] as const).flatMap((place): Fault[] => {
      const { cluster, hop } = whole[place];
      const of = (what: string, take: Fault['take'], giveBack: Fault['giveBack']): Fault => ({
        ...{ what: `the ${place} ${what}`, thing: place, window: place, take, giveBack },
      });
      const restore = () => hop.restore();
      const resume = () => hop.resume();
      const crash = () => {
        hop.cut();
        return cluster.crash();
      };
      const restart = async () => {
        await cluster.start();
        await glimpse(`after the ${place} crashed`);
        hop.restore();
      };
      return [
        of('is cut off', () => hop.cut(), restore),
        of('falls silent', () => hop.blackhole(), restore),
        of('is held up', () => hop.stall(), resume),
        of('crashes', crash, restart),
      ];
    }),
    ...(['mail', 'chat'] as const).flatMap((channel): Fault[] => {
      const hop = whole.channels[channel];
      const of = (what: string, take: Fault['take']): Fault => ({
        ...{ what: `${channel} ${what}`, thing: channel, window: channel, take, giveBack: () => hop.restore() },
      });
      return [of('is cut off', () => hop.cut()), of('falls silent', () => hop.blackhole())];
    }),
    ...gateways.flatMap((gateway) => [...faultsOfGateway(gateway, stage.processes, glimpse)]),
  ] as unknown as [Fault, ...Fault[]];
}

function* faultsOfGateway(
  gateway: CrashGateway,
  processes: number,
  glimpse: (when: string) => Promise<void>,
): Generator<Fault> {
  const { name } = gateway;
  const killed: Fault = {
    ...{ what: `gateway ${name} is killed`, thing: name, window: `killed ${name}` },
    take: () => gateway.kill().then(() => glimpse(`after gateway ${name} was killed`)),
    giveBack: () => gateway.start(),
  };
  // As often as all that is done to a server.
  yield killed;
  yield killed;
  const stopped = { what: `gateway ${name} is stopped`, thing: name, window: `stopped ${name}` as const };
  yield { ...stopped, take: () => gateway.freeze(), giveBack: () => gateway.thaw() };
  if (processes === 1) return;
  const one = { what: `a process of gateway ${name} is killed`, thing: name, window: null };
  yield { ...one, take: () => gateway.killOne(), giveBack: () => {} };
}

interface Point {
  what: string;
  hop: TcpProxy;
  towards: Towards;
  /** What is in the bytes that pass. */
  sees: string;
}

function pointsOf({ whole: { target, ledger, channels } }: CrashStage): [Point, ...Point[]] {
  const of = (what: string, hop: TcpProxy, towards: Towards, sees: string): Point => ({ what, hop, towards, sees });
  return [
    of('an intent on its way to the ledger', ledger.hop, 'server', 'writes'),
    of('the start of an elevation on its way to the ledger', ledger.hop, 'server', 'elevation_started'),
    of('the end of an elevation on its way to the ledger', ledger.hop, 'server', 'elevation_ended'),
    of('the ledger’s answer to an INSERT', ledger.hop, 'client', 'INSERT 0 1'),
    of('the ledger’s answer to a COMMIT', ledger.hop, 'client', 'COMMIT\0'),
    of('a marked row on its way to the target', target.hop, 'server', 'INSERT INTO marked'),
    of('a COMMIT on its way to the target', target.hop, 'server', 'COMMIT\0'),
    of('the target’s answer to a COMMIT', target.hop, 'client', 'COMMIT\0'),
    of('the target’s answer to an INSERT', target.hop, 'client', 'INSERT 0 1\0'),
    of('the end of a mail on its way', channels.mail, 'server', '\r\n.\r\n'),
    of('the answer to a mail', channels.mail, 'client', '250 '),
    of('a webhook on its way', channels.chat, 'server', 'POST '),
    of('the answer to a webhook', channels.chat, 'client', 'HTTP/1.1 204'),
  ];
}
