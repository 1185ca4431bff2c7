import { makeRandom } from '../fuzz/random.ts';
import type { Stage } from '../wire/stage.ts';
import { makePlayer } from './play.ts';
import { makeScript } from './script.ts';

export interface Totals {
  /** Each with the seed of its run alone, and its script. */
  findings: string[];
  runs: number;
  interrupted: number;
  /** Interrupted runs of which something is told as unknown, by what ended them. */
  unknown: number;
  unknownBy: Record<string, number>;
}

/** Plays `runs` scripts, each from a seed of its own: `seed`, `seed + 1`, … */
export async function playAll(stage: Stage, { runs, seed }: { runs: number; seed: number }): Promise<Totals> {
  const player = await makePlayer(stage);
  const totals: Totals = { findings: [], runs, interrupted: 0, unknown: 0, unknownBy: {} };
  try {
    for (let n = 0; n < runs; n++) {
      const script = makeScript(makeRandom(seed + n));
      const { findings, interrupted, unknown } = await player.play(script);
      if (findings.length > 0)
        totals.findings.push(`--runs 1 --seed ${seed + n}: ${findings.join('; ')}\n${JSON.stringify(script, null, 1)}`);
      if (interrupted) totals.interrupted++;
      if (!unknown) continue;
      totals.unknown++;
      totals.unknownBy[script.end] = (totals.unknownBy[script.end] ?? 0) + 1;
    }
  } finally {
    await player.close();
  }
  return totals;
}
