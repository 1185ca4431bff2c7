import pg from 'pg';
import { residentOf } from '../stage/cpu.ts';
import { runPgbench } from '../stage/pgbench.ts';
import { DATABASE, environment, type Way } from '../stage/way.ts';
import { LOOKUP } from './reads.ts';
import type { ThroughputPart } from './part.ts';
import { measureLoad, measurePoint, partsOf } from './point.ts';

const AT_ONCE = 10;
/** Opened before memory is looked at, so that what grows once is not counted as a session's. */
const FIRST = 50;

/** Many sessions that do nothing: their memory, and lookups beside them; many that are busy at once. */
export function sessions(many: number): ThroughputPart {
  return {
    name: 'sessions',
    stage: { sessions: many + 100 },
    async run({ stage, options, script, add }) {
      const lookup = await script(LOOKUP);
      const load = { scripts: [lookup], protocol: 'prepared', seconds: options.seconds, statements: 1 } as const;
      const kept = new Map<string, number[]>();
      add(
        await measurePoint({
          ...{ part: 'sessions', name: `lookup, prepared, 8 clients, beside ${many} idle sessions`, unit: 'tps' },
          ...{ ways: stage.ways, rounds: options.rounds },
          measure: async (way) => {
            const pid = way.name === 'direct' ? undefined : stage.pids[way.name];
            const idle = await openIdle(way, FIRST);
            const before = pid === undefined ? 0 : residentOf(pid);
            idle.push(...(await openIdle(way, many - FIRST)));
            const after = pid === undefined ? 0 : residentOf(pid);
            try {
              const run = await runPgbench({ ...load, clients: 8 }, environment(way, 'read'), partsOf(stage, way));
              const each = (after - before) / 1024 / (many - FIRST);
              kept.set(way.name, [...(kept.get(way.name) ?? []), each]);
              return { value: run.tps, cpu: run.cpu, more: { latency_ms: run.latency } };
            } finally {
              await Promise.all(idle.map((client) => client.end()));
            }
          },
        }),
      );
      // Only the first round's: later ones find memory that an earlier one left.
      add(
        await measurePoint({
          ...{ part: 'sessions', name: 'memory of an idle session', unit: 'KiB', better: 'less', rounds: 1 },
          ways: stage.ways.filter(({ name }) => name !== 'direct' && kept.has(name)),
          measure: async (way) => ({ value: kept.get(way.name)?.[0] ?? Number.NaN }),
        }),
      );
      add(
        await measureLoad({
          ...{ part: 'sessions', name: `lookup, prepared, ${many} clients`, ways: stage.ways, rounds: options.rounds },
          ...{ stage, mode: 'read', load: { ...load, clients: many } },
        }),
      );
    },
  };
}

export async function openIdle(way: Way, count: number): Promise<pg.Client[]> {
  const clients: pg.Client[] = [];
  while (clients.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, () => {
      const client = new pg.Client({ host: '127.0.0.1', port: way.port, database: DATABASE, ...way.login('read') });
      client.on('error', () => {});
      return client;
    });
    await Promise.all(batch.map((client) => client.connect()));
    clients.push(...batch);
  }
  return clients;
}
