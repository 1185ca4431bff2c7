// One run of pgbench (Debian's), and the CPU that the parts used meanwhile.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cpuOf } from './cpu.ts';
import type { Part } from './stage.ts';

export type Protocol = 'simple' | 'extended' | 'prepared';

export interface Load {
  /** Files with pgbench's scripts; each transaction is one of them. */
  scripts: readonly string[];
  protocol: Protocol;
  clients: number;
  seconds: number;
  /** Statements that a transaction of the scripts sends. */
  statements: number;
  /** Each transaction on a connection of its own. */
  reconnect?: boolean;
}

export interface Run {
  /** Of the scripts' transactions. */
  tps: number;
  /** Milliseconds, of a transaction. */
  latency: number;
  /** Microseconds a statement. */
  cpu: Partial<Record<Part, number>>;
}

/** One of pgbench's lines of progress, one a second from when all clients are connected. */
interface Progress {
  /** Seconds of pgbench's clock. */
  clock: number;
  tps: number;
  /** Milliseconds; 0 when no transaction ended. */
  latency: number;
  /** Milliseconds of ours, and microseconds of CPU, when it came. */
  at: number;
  cpu: Record<string, number>;
}

const SETTLE_MS = 300;

/**
 * Throws with pgbench's own words when a client was aborted. Connecting and the first second are not in the figures, so pgbench is
 * ended when it has said enough: its own time limit counts from before the clients are connected.
 */
export async function runPgbench(
  load: Load,
  env: NodeJS.ProcessEnv,
  pids: Partial<Record<Part, number>>,
): Promise<Run> {
  const roots = pids as Record<string, number>;
  const lines: Progress[] = [];
  const complaints: string[] = [];
  const child = spawn('pgbench', argumentsOf(load), { env, stdio: ['ignore', 'ignore', 'pipe'] });
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, clock, tps, latency] = /^progress: ([\d.]+) s, ([\d.]+) tps, lat ([\d.]+|NaN)/.exec(line) ?? [];
    if (clock === undefined) return void complaints.push(line);
    if (lines.length > load.seconds) return;
    lines.push({
      ...{ clock: Number(clock), tps: Number(tps), latency: Number(latency) || 0 },
      ...{ at: performance.now(), cpu: cpuOf(roots) },
    });
    if (lines.length > load.seconds) child.kill('SIGTERM');
  });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [first, last] = [lines[0], lines.at(-1)];
  if (!first || !last || lines.length <= load.seconds || complaints.some((line) => /error|aborted/.test(line)))
    throw new Error(`pgbench ended by itself: ${complaints.slice(-5).join('\n')}`);
  // What the way, the ledger and the target have left to do is not the next run's.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const counted = lines.slice(1).map((line, i) => ({ ...line, seconds: line.clock - (lines[i]?.clock ?? 0) }));
  const done = counted.reduce((sum, line) => sum + line.tps * line.seconds, 0);
  if (done === 0) throw new Error(`No transaction ended within ${load.seconds} s.`);
  const tps = done / (last.clock - first.clock);
  const statements = tps * ((last.at - first.at) / 1_000) * load.statements;
  const cpu = Object.keys(roots).map((part) => [part, ((last.cpu[part] ?? 0) - (first.cpu[part] ?? 0)) / statements]);
  return {
    tps,
    latency: counted.reduce((sum, line) => sum + line.latency * line.tps * line.seconds, 0) / done,
    cpu: Object.fromEntries(cpu) as Run['cpu'],
  };
}

function argumentsOf({ scripts, protocol, clients, reconnect }: Load): string[] {
  const threads = Math.min(2, clients);
  return [
    ...['-n', '-M', protocol, '-c', String(clients), '-j', String(threads), '-P', '1'],
    ...['-T', '3600'],
    ...(reconnect ? ['-C'] : []),
    ...scripts.flatMap((script) => ['-f', script]),
  ];
}
