import { spawn } from 'node:child_process';
import { readdir, readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openRawSession, query } from '../stage/raw-session.ts';
import { environment, type Way } from '../stage/way.ts';
import { quantile } from '../measure.ts';
import type { ThroughputPart } from './part.ts';
import { measurePoint } from './point.ts';
import { LOOKUPS } from './pipelines.ts';
import { LOOKUP } from './reads.ts';
import { MILLION_ROWS } from './rows.ts';

const LIGHT = 100;
/** Lookups a second of all light sessions together: far from what any way can do. */
const RATE = 200;
const SECONDS = 5;
/** Then the light sessions count as never answered. */
const PATIENCE_MS = 120_000;

/** As long as a text in read mode may be, another one each time. */
const LONG_TEXT = `\\set id random(1, 1000000)\nSELECT count(*) FROM account WHERE id IN (:id${Array.from({ length: 8_000 }, (_, i) => `, ${i}`).join('')});\n`;

/** Does something without a pause until it is told to stop. */
type Heavy = (way: Way) => Promise<() => Promise<void>>;

/** p99 of a hundred light sessions beside one heavy one, by their p99 alone. */
export const heavy: ThroughputPart = {
  name: 'heavy',
  stage: {},
  async run({ stage, options, script, add }) {
    const lookup = await script(LOOKUP);
    const kinds: Record<string, Heavy> = {
      'that reads a million rows again and again': readRows,
      'of pipelines without a pause': pgbench(await script(LOOKUPS), 'prepared'),
      'of texts of 50 kB': pgbench(await script(LONG_TEXT), 'simple'),
    };
    const seconds = Math.max(SECONDS, options.seconds);
    for (const [kind, start] of Object.entries(kinds))
      add(
        await measurePoint({
          ...{ part: 'heavy', name: `p99 of ${LIGHT} light sessions beside one ${kind} ÷ alone`, unit: '×' },
          ...{ better: 'less', ways: stage.ways, rounds: options.rounds },
          measure: async (way) => {
            const alone = await lightP99(way, lookup, seconds);
            let stop = async () => {};
            try {
              const beside = await lightP99(way, lookup, seconds, async () => {
                stop = await start(way);
              });
              return { value: beside / alone, more: { alone_ms: alone, beside_ms: beside } };
            } finally {
              await stop();
            }
          },
        }),
      );
  },
};

/**
 * Milliseconds from when a lookup was due: a session that is kept waiting counts as it waits. `connected` is called when all are,
 * and what ended within a second of that does not count.
 */
async function lightP99(
  way: Way,
  lookup: string,
  seconds: number,
  connected: () => Promise<unknown> = async () => {},
): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-latency-'));
  try {
    const count = String(((seconds + 2) * RATE) / LIGHT);
    const child = spawn(
      'pgbench',
      [
        ...['-n', '-M', 'prepared', '-c', String(LIGHT), '-j', '2', '-t', count, '-R', String(RATE), '-P', '1'],
        ...['-l', '--log-prefix', join(directory, 'log'), '-f', lookup],
      ],
      { env: environment(way, 'read'), stdio: ['ignore', 'ignore', 'pipe'], timeout: PATIENCE_MS },
    );
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    let from: Promise<number> | null = null;
    let said = '';
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (!line.startsWith('progress')) said += `${line} `;
      else from ??= connected().then(() => Date.now() / 1_000 + 1);
    });
    if ((await ended) !== 0 || !from) throw new Error(`The light sessions ended, or had no answer in time: ${said}`);
    const begun = await from;
    const texts = await Promise.all((await readdir(directory)).map((file) => readFile(join(directory, file), 'utf8')));
    const lines = texts.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => line.split(' ').map(Number));
    // Columns: client, its transaction, microseconds, script, seconds and microseconds of the time at which it ended.
    const looks = lines.map(([, , took = 0, , s = 0, us = 0]) => ({ took: took / 1_000, at: s + us / 1e6 }));
    return quantile(
      looks.filter(({ at }) => at > begun).map(({ took }) => took),
      0.99,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readRows(way: Way): Promise<() => Promise<void>> {
  const session = await openRawSession(way, 'read');
  let stopped = false;
  const ended = (async () => {
    while (!stopped) await session.ask(query(MILLION_ROWS));
  })().catch((error: unknown) => {
    if (!stopped) throw error;
  });
  return async () => {
    stopped = true;
    session.close();
    await ended;
  };
}

function pgbench(script: string, protocol: string): Heavy {
  return async (way) => {
    const child = spawn('pgbench', ['-n', '-M', protocol, '-c', '1', '-T', '3600', '-f', script], {
      env: environment(way, 'read'),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said = (said + data.toString()).slice(-2_000);
    });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    return async () => {
      if (child.exitCode !== null) throw new Error(`The heavy session ended by itself: ${said}`);
      child.kill('SIGTERM');
      await gone;
    };
  };
}
