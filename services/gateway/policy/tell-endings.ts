// The security team hears of lines of the settings a week before these end, once, whichever gateway says it.
import { createHash } from 'node:crypto';
import type { Clock } from '../../contract/clock.ts';
import type { Announce } from '../../notifier/announce.ts';
import type { Gated } from '../../policy/gate/gate.ts';
import { endingLines } from '../../policy/settings/ending-lines.ts';
import type { Log } from '../log.ts';

const WEEK = 7 * 86_400_000;
const HOUR = 3_600_000;

export interface TellEndingsDeps {
  announce: Announce;
  /** Channels of the security team. */
  channels: string[];
  inForce(): Pick<Gated, 'revision' | 'data'> | null;
  clock: Pick<Clock, 'now'>;
  log: Pick<Log, 'warn'>;
}

/** All were told before, by this gateway or another. */
class Told extends Error {}

/** Looks now. Rejects when the ledger cannot be written. */
export async function tellEndings({ announce, channels, inForce, clock }: TellEndingsDeps): Promise<void> {
  const policy = inForce();
  const lines = policy ? endingLines(policy.data, clock.now(), WEEK) : [];
  if (!policy || lines.length === 0) return;
  const { revision } = policy;
  for (const line of lines) {
    const key = createHash('sha256').update(JSON.stringify(line)).digest('hex');
    await announce({ kind: 'policy_line_ends', revision, ...line }, async (client) => {
      const { rowCount } = await client.query(
        'INSERT INTO policy_line_told (line) VALUES ($1) ON CONFLICT DO NOTHING',
        [key],
      );
      if (rowCount === 0) throw new Told();
      return [{ event: { event: 'policy.line_ends', revision, ...line }, channels }];
    }).catch((error: unknown) => {
      if (!(error instanceof Told)) throw error;
    });
  }
}

/** Looks each hour, and whenever it is asked to. */
export function watchEndings(deps: TellEndingsDeps): { look(): void; close(): void } {
  const look = () =>
    void tellEndings(deps).catch((error: unknown) =>
      deps.log.warn({ err: error }, 'lines of the settings that end could not be told of yet'),
    );
  const timer = setInterval(look, HOUR).unref();
  return { look, close: () => clearInterval(timer) };
}
