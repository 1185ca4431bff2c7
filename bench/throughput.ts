// Throughput: PostgreSQL direct, through pgbouncer, through a bare relay, and through the gateway as shipped, in turn, in one run.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStage } from './stage/stage.ts';
import { connects } from './throughput/connects.ts';
import { readOptions } from './throughput/options.ts';
import type { ThroughputPart } from './throughput/part.ts';
import { heavy } from './throughput/heavy.ts';
import { pipelines } from './throughput/pipelines.ts';
import type { Point } from './throughput/point.ts';
import { markdown, printPoint } from './throughput/print.ts';
import { reads } from './throughput/reads.ts';
import { rows } from './throughput/rows.ts';
import { sessions } from './throughput/sessions.ts';
import { svg } from './throughput/svg.ts';
import { texts } from './throughput/texts.ts';
import { writes } from './throughput/writes.ts';

const NAMES = ['reads', 'texts', 'connects', 'pipelines', 'writes', 'writes-fsync', 'rows', 'sessions', 'heavy'];

const options = readOptions(NAMES);
const PARTS: readonly ThroughputPart[] = [
  ...[reads, texts, connects, pipelines, writes(false), writes(true), rows],
  ...[sessions(options.many), heavy],
];
const scripts = await mkdtemp(join(tmpdir(), 'sudoql-pgbench-'));
const points: Point[] = [];
let written = 0;
try {
  // Each part on a stage of its own, so that no part's ledger or caches are another's.
  for (const part of PARTS.filter(({ name }) => options.parts.includes(name))) {
    const stage = await startStage({ ...part.stage, ways: options.ways });
    try {
      await part.run({
        stage,
        options,
        script: async (text) => {
          const file = join(scripts, `${++written}.sql`);
          await writeFile(file, text);
          return file;
        },
        add: (point) => {
          points.push(point);
          printPoint(point);
        },
      });
    } finally {
      await stage.close();
    }
  }
} finally {
  await rm(scripts, { recursive: true, force: true });
  if (options.json) await writeFile(options.json, JSON.stringify({ options, points }, null, 2));
  if (options.svg) await writeFile(options.svg, svg(points));
}
console.log(`\n${markdown(points)}`);
