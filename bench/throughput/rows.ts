import { residentOf } from '../stage/cpu.ts';
import { message, openRawSession, query, type RawSession } from '../stage/raw-session.ts';
import { DATABASE, type Mode, type Way } from '../stage/way.ts';
import { timed } from '../measure.ts';
import type { PartContext, ThroughputPart } from './part.ts';
import { type Figure, measurePoint } from './point.ts';

const ROWS = 1_000_000;
export const MILLION_ROWS = `SELECT g, 'customer number ' || g, g * 1.5, now() FROM generate_series(1, ${ROWS}) g`;
const ROWS_A_MESSAGE = 1_000;

/** A million rows out and in; milliseconds, and the most memory of the gateway meanwhile. */
export const rows: ThroughputPart = {
  name: 'rows',
  stage: {},
  async run({ stage, options, add }) {
    const data = copyData();
    const out = (session: RawSession) => session.ask(query(MILLION_ROWS));
    const inward = async (session: RawSession) => {
      await session.copyIn('COPY arrived FROM STDIN', data);
    };
    for (const [what, mode, act] of [
      ['a million rows out', 'read', out],
      ['a million rows by COPY in', 'write', inward],
    ] as const) {
      const point = await measurePoint({
        ...{ part: 'rows', name: what, unit: 'ms', better: 'less', ways: stage.ways, rounds: options.rounds },
        measure: async (way) => {
          await stage.target.sql('TRUNCATE arrived; CHECKPOINT', DATABASE);
          return measure(stage, way, mode, act);
        },
      });
      add(point);
    }
  },
};

async function measure(
  stage: PartContext['stage'],
  way: Way,
  mode: Mode,
  act: (session: RawSession) => Promise<unknown>,
): Promise<Figure> {
  const session = await openRawSession(way, mode);
  const pid = way.name === 'direct' ? undefined : stage.pids[way.name];
  const before = pid === undefined ? 0 : residentOf(pid);
  let most = before;
  const watch = setInterval(() => {
    if (pid !== undefined) most = Math.max(most, residentOf(pid));
  }, 20);
  try {
    const value = await timed(() => act(session));
    return { value, ...(pid === undefined ? {} : { more: { MB_before: before / 2 ** 20, MB_most: most / 2 ** 20 } }) };
  } finally {
    clearInterval(watch);
    session.close();
  }
}

/** CopyData messages of a thousand rows each. */
function copyData(): Buffer[] {
  return Array.from({ length: ROWS / ROWS_A_MESSAGE }, (_, i) => {
    const lines = Array.from({ length: ROWS_A_MESSAGE }, (_, j) => {
      const id = i * ROWS_A_MESSAGE + j;
      return `${id}\tarrived as number ${id}\t2026-01-01 00:00:00+00\n`;
    });
    return message('d', lines.join(''));
  });
}
