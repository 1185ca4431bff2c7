// One run of pgbench (Debian's), and the CPU that the parts used meanwhile.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cpuOf } from './cpu.ts';
import type { Part } from './stage.ts';

export type Protocol = 'simple' | 'extended' | 'prepared';

export interface Load {
  /** Files with pgbench's scripts; each transaction is one of them. */
  scripts: string[];
  protocol: Protocol;
  clients: number;
  seconds: number;
  /** Statements that a transaction of the scripts sends. */
  statements: number;
  /** Each transaction on a connection of its own. */
  reconnect?: boolean;
  /** More of pgbench's arguments. */
  more?: string[];
}

export interface Run {
  /** Of the scripts' transactions. */
  tps: number;
  /** Milliseconds, of a transaction. */
  latency: number;
  /** Microseconds a statement. */
  cpu: Partial<Record<Part, number>>;
}

const SETTLE_MS = 300;

interface Mark {
  /** Seconds of pgbench's clock. */
  at: number;
  transactions: number;
  cpu: Record<string, number>;
}

/**
 * Throws with pgbench's own words when a client was aborted. Its first second is not counted, so that connecting and what is
 * cold are not in the figures; with `reconnect`, where connecting is what is measured, all is.
 */
export async function runPgbench(
  load: Load,
  env: NodeJS.ProcessEnv,
  pids: Partial<Record<Part, number>>,
): Promise<Run> {
  const roots = pids as Record<string, number>;
  let from: Mark = { at: 0, transactions: 0, cpu: cpuOf(roots) };
  let said = '';
  const child = spawn('pgbench', argumentsOf(load), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    const progress = /^progress: ([\d.]+) s, ([\d.]+) tps/.exec(line);
    if (!progress) return void complaints.push(line);
    const [at, tps] = [Number(progress[1]), Number(progress[2])];
    if (from.at === 0 && !load.reconnect) from = { at, transactions: tps * at, cpu: cpuOf(roots) };
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // Backends end after their clients; one that ends while it is looked at would be in no sum.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const cpu = cpuOf(roots);
  if (code !== 0) throw new Error(`pgbench ended with ${code}: ${complaints.slice(-5).join('\n')}`);
  const figure = (pattern: RegExp) => Number(pattern.exec(said)?.[1] ?? Number.NaN);
  const done = figure(/actually processed: (\d+)/);
  const tps = figure(/^tps = ([\d.]+)/m);
  const counted = done - from.transactions;
  const each = Object.keys(roots).map((part) => [
    part,
    ((cpu[part] ?? 0) - (from.cpu[part] ?? 0)) / (counted * load.statements),
  ]);
  return {
    tps: counted / (done / tps - from.at),
    latency: figure(/latency average = ([\d.]+)/),
    cpu: Object.fromEntries(each) as Run['cpu'],
  };
}

function argumentsOf({ scripts, protocol, clients, seconds, reconnect, more = [] }: Load): string[] {
  const threads = Math.min(2, clients);
  return [
    ...['-n', '-M', protocol, '-c', String(clients), '-j', String(threads), '-P', '1'],
    // The second that is not counted.
    ...['-T', String(reconnect ? seconds : seconds + 1)],
    ...(reconnect ? ['-C'] : []),
    ...scripts.flatMap((script) => ['-f', script]),
    ...more,
  ];
}
