// Gateways as processes beside the two databases, with all that can be taken away from them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Replica, startReplica } from '../policy/replica.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

export interface CrashGateway {
  name: string;
  http: string;
  /** The port of its wire listener. */
  wire: number;
  /** Until it is started again. */
  kill(): Promise<void>;
  /** One of its processes, where it has several; the supervisor starts another. */
  killOne(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Asked to, in order; its exit code. */
  end(): Promise<number | null>;
  /** Until it is up; tried again as long as what it needs is away. */
  start(): Promise<void>;
  ready(): Promise<boolean>;
}

export interface CrashStage {
  whole: Whole;
  gateways: [CrashGateway, ...CrashGateway[]];
  /** The same for all gateways. */
  processes: number;
  remove(): Promise<void>;
}

const TABLE = `CREATE TABLE marked (mark text, reason text);
  GRANT SELECT, INSERT ON marked TO shop_writer; GRANT SELECT ON marked TO shop_reader`;
const MORE = { statement_timeout: '10s', sessions_per_principal: 60, shutdown_drain: '0s' };

/** `home`: the tree of an earlier version, whose gateways they are until they are started again. */
export async function makeCrashStage(gateways: 1 | 2, processes: 1 | 2, home?: string): Promise<CrashStage> {
  const earlier = home === undefined ? {} : { home, policies: join(home, 'policies') };
  const whole = await startWhole({ ...earlier, more: { limits: MORE, ...(processes > 1 && { processes }) } });
  await whole.onTarget(TABLE);
  const first = gateway('demo', whole.http, whole.wire, {
    process: () => whole.gateway.process,
    start: () => whole.start({ ready: false }),
  });
  if (gateways === 1) return { whole, gateways: [first], processes, remove: () => whole.remove() };
  const replica = await startReplica(whole, 'second', home);
  const second = gateway('second', replica.http, replica.wire, {
    process: () => replica.process.process,
    start: () => replica.start('livez'),
  });
  return {
    whole,
    gateways: [first, second],
    processes,
    remove: async () => {
      await replica.stop();
      await whole.remove();
    },
  };
}

type Process = Replica['process']['process'];

function gateway(
  name: string,
  http: string,
  wire: number,
  of: { process(): Process; start(): Promise<void> },
): CrashGateway {
  // Each is in a process group of its own, with what it started.
  const all = (signal: NodeJS.Signals) => process.kill(-(of.process().pid ?? 0), signal);
  return {
    name,
    http,
    wire,
    async kill() {
      const child = of.process();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      all('SIGKILL');
      await gone;
    },
    async end() {
      const child = of.process();
      const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      return gone;
    },
    async killOne() {
      const pid = of.process().pid ?? 0;
      const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).trim();
      const [one] = children === '' ? [] : children.split(' ');
      if (one) process.kill(Number(one), 'SIGKILL');
    },
    freeze: () => all('SIGSTOP'),
    thaw: () => all('SIGCONT'),
    async start() {
      for (;;) {
        const { exitCode, signalCode } = of.process();
        if (exitCode === null && signalCode === null) return;
        await of.start().catch(() => undefined);
      }
    },
    async ready() {
      const answer = await fetch(`${http}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
      return answer?.ok ?? false;
    },
  };
}
