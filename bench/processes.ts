// A gateway by one process and by several: throughput, CPU a statement, connects, and the memory of each. `--processes N` (default 2).
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { familyOf, residentOf } from './stage/cpu.ts';
import { type Protocol, type Run, runPgbench } from './stage/pgbench.ts';
import { type Stage, startStage } from './stage/stage.ts';
import { environment } from './stage/way.ts';
import { LOOKUP } from './throughput/reads.ts';
import { spreadOf } from './throughput/point.ts';

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '1,8' },
  },
});
const [several, rounds, seconds] = [values.processes, values.rounds, values.seconds].map(Number) as [
  number,
  number,
  number,
];

interface Load {
  name: string;
  protocol: Protocol;
  clients: number;
  reconnect?: boolean;
}
const LOADS: Load[] = [
  ...values.clients.split(',').map((clients) => ({
    ...{ name: `lookups, prepared, ${clients} clients`, protocol: 'prepared' as const, clients: Number(clients) },
  })),
  { name: 'lookups, simple, 8 clients', protocol: 'simple', clients: 8 },
  { name: 'connect, look up, disconnect, 8 clients', protocol: 'simple', clients: 8, reconnect: true },
];

const scripts = await mkdtemp(join(tmpdir(), 'sudoql-pgbench-'));
const script = join(scripts, 'lookup.sql');
const stages = new Map<number, Stage>();
try {
  await writeFile(script, LOOKUP);
  for (const processes of [1, several]) stages.set(processes, await startStage({ ways: ['gateway'], processes }));
  for (const { name, protocol, clients, reconnect = false } of LOADS) {
    const runs = new Map<number, Run[]>([...stages.keys()].map((processes) => [processes, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [processes, stage] of stages) {
        const { gateway, ledger, target } = stage.pids;
        const pids = Object.fromEntries(
          Object.entries({ gateway, ledger, target }).flatMap(([part, pid]) =>
            pid === undefined ? [] : [[part, pid]],
          ),
        );
        const load = { scripts: [script], protocol, clients, seconds, statements: 1, reconnect };
        runs.get(processes)?.push(await runPgbench(load, environment(stage.way('gateway'), 'read'), pids));
      }
    }
    console.log(`\n${name}`);
    for (const [processes, each] of runs) {
      const cpu = (part: 'gateway' | 'ledger' | 'target') =>
        median(
          each.map((run) => run.cpu[part] ?? Number.NaN),
          1,
        );
      console.log(
        `  ${processes} process${processes > 1 ? 'es' : '  '}  ${spread(each.map(({ tps }) => tps))} tps   CPU µs: gateway ${cpu('gateway')}, ledger ${cpu('ledger')}, target ${cpu('target')}`,
      );
    }
    const ratios = (runs.get(several) ?? []).map(({ tps }, i) => tps / (runs.get(1)?.[i]?.tps ?? Number.NaN));
    console.log(`  ${several} ÷ 1       ${spread(ratios, 2)}`);
  }
  for (const [processes, stage] of stages) {
    const held = familyOf(Number(stage.pids.gateway)).map((pid) => Math.round(residentOf(pid) / 1024 ** 2));
    console.log(
      `\nresident memory with ${processes}: ${held.join(', ')} MiB (the first is ${processes > 1 ? 'the supervisor' : 'all of it'})`,
    );
  }
} finally {
  for (const stage of stages.values()) await stage.close();
  await rm(scripts, { recursive: true, force: true });
}

function median(figures: readonly number[], digits: number): string {
  return (spreadOf(figures)?.median ?? Number.NaN).toFixed(digits);
}

function spread(figures: readonly number[], digits = 0): string {
  const found = spreadOf(figures);
  return found ? `${found.median.toFixed(digits)} (${found.min.toFixed(digits)} … ${found.max.toFixed(digits)})` : '';
}
