// The shipped gateway with 1 to 2,000 sessions: memory of all of them, and what a lookup costs it beside them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { residentOf } from '../stage/cpu.ts';
import { runPgbench } from '../stage/pgbench.ts';
import { startStage } from '../stage/stage.ts';
import { environment } from '../stage/way.ts';
import { LOOKUP } from '../throughput/reads.ts';
import { openIdle } from '../throughput/sessions.ts';
import type { Grown } from './step.ts';

const SIZES = [1, 10, 100, 1_000, 2_000];
/** Opened before memory is looked at, so that what grows once is not counted as a session's. */
const FIRST = 50;

export async function sessions(): Promise<Grown[]> {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-growth-'));
  const stage = await startStage({ ways: ['gateway'], sessions: 2_100 });
  try {
    const script = join(home, 'lookup.sql');
    await writeFile(script, LOOKUP);
    const load = { scripts: [script], protocol: 'prepared', clients: 8, seconds: 3, statements: 1 } as const;
    const way = stage.way('gateway');
    const pid = Number(stage.pids.gateway);
    const lookups: Grown['points'] = [];
    const memory: Grown['points'] = [];
    const idle: pg.Client[] = await openIdle(way, FIRST);
    await runPgbench(load, environment(way, 'read'), stage.pids);
    const before = residentOf(pid);
    let opened = 0;
    for (const size of SIZES) {
      idle.push(...(await openIdle(way, size - opened)));
      opened = size;
      const resident = residentOf(pid);
      if (size >= 100) memory.push([size, (resident - before) / 1024 / 1024]);
      const { cpu } = await runPgbench(load, environment(way, 'read'), stage.pids);
      lookups.push([size, cpu.gateway ?? Number.NaN]);
    }
    await Promise.all(idle.map((client) => client.end()));
    const of = 'sessions';
    return [
      { what: 'a prepared lookup, beside idle sessions', unit: 'µs of the processor', of, points: lookups },
      { what: 'memory of idle sessions', unit: 'MiB', of, points: memory },
    ];
  } finally {
    await stage.close();
    await rm(home, { recursive: true, force: true });
  }
}
